"""Calls of the functions of profiles: one that works, and each error that they can raise."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from exchange_db import accounts, profiles
from exchange_db.errors import Conflict, InvalidValue, MissingReference, NotFound
from exchange_db.types import ActivityLevel, DistanceUnit, PhotoId, Point, PromptId, UserId
from tests.contract.calls.table import Arguments, Call, World

TOMORROW = datetime.now(UTC).date() + timedelta(days=2)


def prepare(world: World) -> dict[str, Any]:
    """A profile with two photos and two prompts, one with one of each, and an account without a profile."""
    ada, bob, cat = (
        accounts.create_user(world.conn, email=f"{name}@example.org", password_hash="hash").user_id
        for name in ("ada", "bob", "cat")
    )
    it: dict[str, Any] = {"ada": ada, "cat": cat, "nobody": UserId(2**63 - 1)}
    for owner, count in ((ada, 2), (bob, 1)):
        profiles.create_profile(world.conn, user_id=owner, name="x")
        photos = [profiles.add_photo(world.conn, user_id=owner, url=f"photo/{n}").photo_id for n in range(count)]
        prompts = [
            profiles.add_prompt(world.conn, user_id=owner, question=f"{n}?", answer="!").prompt_id for n in range(count)
        ]
        it |= (
            {"photos": photos, "prompts": prompts}
            if owner == ada
            else {"bobs_photo": photos[0], "bobs_prompt": prompts[0]}
        )
    return it | {"no_photo": PhotoId(2**63 - 1), "no_prompt": PromptId(2**63 - 1)}


def content(**changes: Any) -> dict[str, Any]:
    """Every field of a profile, good but for ``changes``."""
    good: dict[str, Any] = {
        "name": "Rex",
        "birth_date": date(2020, 2, 29),
        "bio": "wuff",
        "pronouns": "he/him",
        "image_url": "rex.jpg",
        "location_name": "Graz",
        "location": Point(longitude=15.4, latitude=47.1),
        "activity_level": ActivityLevel.HIGH,
    }
    return good | changes


def of(who: str, fields: dict[str, Any]) -> Arguments:
    """The fields as those of one user's profile."""
    return lambda it: fields | {"user_id": it[who]}


BAD_CONTENT: list[dict[str, Any]] = [
    content(name=""),
    content(name="\u200b \t"),
    content(name="x" * 101),
    content(birth_date=date(1899, 12, 31)),
    content(birth_date=TOMORROW),
    content(pronouns="x" * 101),
    content(image_url="x" * 256),
    content(location_name="x" * 256),
    content(activity_level="wild"),
]


CALLS: dict[str, Call] = {
    "create_profile": Call(
        works=lambda it: content(user_id=it["cat"]),
        errors={
            Conflict: [lambda it: content(user_id=it["ada"])],
            MissingReference: [lambda it: content(user_id=it["nobody"])],
            InvalidValue: [of("cat", bad) for bad in BAD_CONTENT],
        },
    ),
    "get_profile": Call(
        works=lambda it: dict(user_id=it["ada"]),
        errors={NotFound: [lambda it: dict(user_id=it["cat"]), lambda it: dict(user_id=it["nobody"])]},
    ),
    "get_full_profile": Call(
        works=lambda it: dict(user_id=it["ada"]),
        errors={NotFound: [lambda it: dict(user_id=it["cat"]), lambda it: dict(user_id=it["nobody"])]},
    ),
    "update_profile": Call(
        works=lambda it: content(user_id=it["ada"]),
        errors={
            NotFound: [lambda it: content(user_id=it["cat"]), lambda it: content(user_id=it["nobody"])],
            InvalidValue: [of("ada", bad) for bad in BAD_CONTENT],
        },
    ),
    "delete_profile": Call(
        works=lambda it: dict(user_id=it["ada"]),
        errors={NotFound: [lambda it: dict(user_id=it["cat"]), lambda it: dict(user_id=it["nobody"])]},
    ),
    "add_photo": Call(
        works=lambda it: dict(user_id=it["ada"], url="photo/new"),
        errors={
            MissingReference: [
                lambda it: dict(user_id=it["cat"], url="photo/new"),
                lambda it: dict(user_id=it["nobody"], url="photo/new"),
            ],
            InvalidValue: [
                lambda it: dict(user_id=it["ada"], url=" "),
                lambda it: dict(user_id=it["ada"], url="x" * 501),
            ],
        },
    ),
    "list_photos": Call(works=lambda it: dict(user_id=it["ada"])),
    "delete_photo": Call(
        works=lambda it: dict(photo_id=it["photos"][0]),
        errors={NotFound: [lambda it: dict(photo_id=it["no_photo"])]},
    ),
    "reorder_photos": Call(
        works=lambda it: dict(user_id=it["ada"], photo_ids=it["photos"][::-1]),
        errors={
            NotFound: [
                lambda it: dict(user_id=it["cat"], photo_ids=[]),
                lambda it: dict(user_id=it["nobody"], photo_ids=it["photos"]),
            ],
            InvalidValue: [
                lambda it: dict(user_id=it["ada"], photo_ids=[]),
                lambda it: dict(user_id=it["ada"], photo_ids=it["photos"][:1]),
                lambda it: dict(user_id=it["ada"], photo_ids=it["photos"][:1] * 2),
                lambda it: dict(user_id=it["ada"], photo_ids=[*it["photos"], it["photos"][0]]),
                lambda it: dict(user_id=it["ada"], photo_ids=[*it["photos"], it["bobs_photo"]]),
                lambda it: dict(user_id=it["ada"], photo_ids=[it["photos"][0], it["bobs_photo"]]),
                lambda it: dict(user_id=it["ada"], photo_ids=[*it["photos"], it["no_photo"]]),
            ],
        },
    ),
    "add_prompt": Call(
        works=lambda it: dict(user_id=it["ada"], question="?", answer=""),
        errors={
            MissingReference: [
                lambda it: dict(user_id=it["cat"], question="?", answer="!"),
                lambda it: dict(user_id=it["nobody"], question="?", answer="!"),
            ],
            InvalidValue: [
                lambda it: dict(user_id=it["ada"], question="", answer="!"),
                lambda it: dict(user_id=it["ada"], question="x" * 501, answer="!"),
            ],
        },
    ),
    "list_prompts": Call(works=lambda it: dict(user_id=it["ada"])),
    "update_prompt": Call(
        works=lambda it: dict(prompt_id=it["prompts"][0], question="other?", answer="other"),
        errors={
            NotFound: [lambda it: dict(prompt_id=it["no_prompt"], question="?", answer="!")],
            InvalidValue: [
                lambda it: dict(prompt_id=it["prompts"][0], question="\u2060", answer="!"),
                lambda it: dict(prompt_id=it["prompts"][0], question="x" * 501, answer="!"),
            ],
        },
    ),
    "delete_prompt": Call(
        works=lambda it: dict(prompt_id=it["prompts"][0]),
        errors={NotFound: [lambda it: dict(prompt_id=it["no_prompt"])]},
    ),
    "reorder_prompts": Call(
        works=lambda it: dict(user_id=it["ada"], prompt_ids=it["prompts"][::-1]),
        errors={
            NotFound: [
                lambda it: dict(user_id=it["cat"], prompt_ids=[]),
                lambda it: dict(user_id=it["nobody"], prompt_ids=it["prompts"]),
            ],
            InvalidValue: [
                lambda it: dict(user_id=it["ada"], prompt_ids=[]),
                lambda it: dict(user_id=it["ada"], prompt_ids=it["prompts"][:1]),
                lambda it: dict(user_id=it["ada"], prompt_ids=it["prompts"][:1] * 2),
                lambda it: dict(user_id=it["ada"], prompt_ids=[it["prompts"][0], it["bobs_prompt"]]),
                lambda it: dict(user_id=it["ada"], prompt_ids=[*it["prompts"], it["no_prompt"]]),
            ],
        },
    ),
    "get_preferences": Call(
        works=lambda it: dict(user_id=it["ada"]),
        errors={NotFound: [lambda it: dict(user_id=it["cat"]), lambda it: dict(user_id=it["nobody"])]},
    ),
    "set_preferences": Call(
        works=lambda it: dict(
            user_id=it["ada"],
            min_age=1,
            max_age=150,
            max_distance_m=0.5,
            distance_unit=DistanceUnit.KILOMETERS,
            activity_level=ActivityLevel.LOW,
        ),
        errors={
            MissingReference: [lambda it: dict(user_id=it["cat"]), lambda it: dict(user_id=it["nobody"])],
            InvalidValue: [
                lambda it: dict(user_id=it["ada"], min_age=-1),
                lambda it: dict(user_id=it["ada"], min_age=21),
                lambda it: dict(user_id=it["ada"], max_age=151),
                lambda it: dict(user_id=it["ada"], max_distance_m=0),
                lambda it: dict(user_id=it["ada"], max_distance_m=float("inf")),
                lambda it: dict(user_id=it["ada"], max_distance_m=float("nan")),
                lambda it: dict(user_id=it["ada"], distance_unit="leagues"),
                lambda it: dict(user_id=it["ada"], activity_level=None),
            ],
        },
    ),
}
