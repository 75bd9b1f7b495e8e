"""Calls of the functions of skills: one that works, and each error that they can raise."""

from typing import Any

from exchange_db import accounts, matching, profiles, skills
from exchange_db.errors import InvalidValue, MissingReference, NotFound, Refused
from exchange_db.types import Point, RatingId, UserId
from tests.contract.calls.table import Call, World
from tests.database.skill_worlds import converse


def prepare(world: World) -> dict[str, Any]:
    """Two users of whom each teaches what the other one wants, in a conversation, one of whom has rated the other."""
    ada, bob, cat = (
        accounts.create_user(world.conn, email=f"{name}@example.org", password_hash="hash").user_id
        for name in ("ada", "bob", "cat")
    )
    for user_id, offers, wants in ((ada, "Guitar", "Go"), (bob, "Go", "Guitar")):
        skills.set_skills(world.conn, user_id=user_id, skills_to_offer=[offers], skills_to_learn=[wants])
        profiles.create_profile(world.conn, user_id=user_id, name="x", location=Point(longitude=13.4, latitude=52.5))
    conversation = converse(world.conn, ada, bob)
    rating = skills.rate_user(world.conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=4)
    blocked = converse(world.conn, bob, cat)
    before = skills.rate_user(world.conn, rater_id=bob, rated_id=cat, conversation_id=blocked, stars=4)
    matching.block(world.conn, actor_id=cat, target_id=bob)
    return {
        "blocked": blocked,
        "rating_before_block": before.rating_id,
        "ada": ada,
        "bob": bob,
        "cat": cat,
        "conversation": conversation,
        "rating": rating.rating_id,
        "no_rating": RatingId(2**63 - 1),
        "nobody": UserId(2**63 - 1),
    }


def content(**changes: Any) -> dict[str, Any]:
    """Every field of a skill set, good but for ``changes``."""
    good: dict[str, Any] = {
        "skills_to_offer": ["Piano"],
        "skills_to_learn": [],
        "availability": "weekends",
        "learning_style": "by doing",
    }
    return good | changes


BAD_CONTENT: list[dict[str, Any]] = [
    content(skills_to_offer=[""]),
    content(skills_to_learn=["Go", " \u200b"]),
    content(skills_to_offer=["x" * 51]),
    content(skills_to_learn=["x" * 51]),
    content(skills_to_offer=[str(n) for n in range(101)]),
    content(skills_to_learn=[str(n) for n in range(101)]),
    content(availability="x" * 256),
    content(learning_style="x" * 256),
]


def rating(it: Any, **changes: Any) -> dict[str, Any]:
    """Bob's rating of ada, good but for ``changes``."""
    good: dict[str, Any] = {
        "rater_id": it["bob"],
        "rated_id": it["ada"],
        "conversation_id": it["conversation"],
        "stars": 5,
    }
    return good | changes


CALLS: dict[str, Call] = {
    "set_skills": Call(
        works=lambda it: content(user_id=it["cat"]),
        errors={
            MissingReference: [lambda it: content(user_id=it["nobody"])],
            InvalidValue: [lambda it, bad=bad: bad | {"user_id": it["ada"]} for bad in BAD_CONTENT],  # type: ignore[misc]  # a default binds the loop's value
        },
    ),
    "get_skills": Call(
        works=lambda it: dict(user_id=it["ada"]), errors={NotFound: [lambda it: dict(user_id=it["cat"])]}
    ),
    "delete_skills": Call(
        works=lambda it: dict(user_id=it["ada"]), errors={NotFound: [lambda it: dict(user_id=it["cat"])]}
    ),
    "list_teachers": Call(works=lambda it: dict(skill="go", viewer_id=it["ada"])),
    "list_nearest_teachers": Call(
        works=lambda it: dict(skill="go", viewer_id=it["ada"]),
        errors={
            Refused: [
                lambda it: dict(skill="go", viewer_id=it["cat"]),
                lambda it: dict(skill="go", viewer_id=it["nobody"]),
            ]
        },
    ),
    "list_partners": Call(works=lambda it: dict(user_id=it["ada"])),
    "rate_user": Call(
        works=rating,
        errors={
            MissingReference: [
                lambda it: rating(it, rater_id=it["cat"], rated_id=it["ada"]),
                lambda it: rating(it, rater_id=it["nobody"]),
                lambda it: rating(it, conversation_id=2**63 - 1),
                lambda it: rating(it, rater_id=it["ada"], rated_id=it["cat"]),
            ],
            Refused: [
                lambda it: rating(it, rated_id=it["cat"], conversation_id=it["blocked"]),
                lambda it: rating(it, rater_id=it["cat"], rated_id=it["bob"], conversation_id=it["blocked"]),
            ],
            InvalidValue: [
                lambda it: rating(it, stars=0),
                lambda it: rating(it, stars=6),
                lambda it: rating(it, rated_id=it["bob"]),
            ],
        },
    ),
    "find_rating": Call(works=lambda it: dict(rater_id=it["ada"], conversation_id=it["conversation"])),
    "update_rating": Call(
        works=lambda it: dict(rater_id=it["ada"], rating_id=it["rating"], stars=1, comment="late"),
        errors={
            NotFound: [
                lambda it: dict(rater_id=it["ada"], rating_id=it["no_rating"], stars=1, comment=None),
                lambda it: dict(rater_id=it["bob"], rating_id=it["rating"], stars=1, comment=None),
            ],
            Refused: [
                lambda it: dict(rater_id=it["bob"], rating_id=it["rating_before_block"], stars=1, comment=None),
            ],
            InvalidValue: [
                lambda it: dict(rater_id=it["ada"], rating_id=it["rating"], stars=0, comment=None),
                lambda it: dict(rater_id=it["ada"], rating_id=it["rating"], stars=6, comment=None),
            ],
        },
    ),
    "delete_rating": Call(
        works=lambda it: dict(rater_id=it["ada"], rating_id=it["rating"]),
        errors={
            NotFound: [
                lambda it: dict(rater_id=it["ada"], rating_id=it["no_rating"]),
                lambda it: dict(rater_id=it["bob"], rating_id=it["rating"]),
            ]
        },
    ),
    "list_ratings_received": Call(works=lambda it: dict(rated_id=it["bob"])),
    "list_ratings_given": Call(works=lambda it: dict(rater_id=it["ada"])),
    "get_rating_summary": Call(
        works=lambda it: dict(user_id=it["cat"]), errors={NotFound: [lambda it: dict(user_id=it["nobody"])]}
    ),
}
