"""Calls of the functions of matching: one that works, and each error that they can raise."""

from typing import Any

from exchange_db import accounts, matching, profiles
from exchange_db.errors import InvalidCursor, InvalidValue, MissingReference, NotFound, Refused
from exchange_db.types import ActivityLevel, Point, UserId
from tests.contract.calls.table import Arguments, Call, World


def prepare(world: World) -> dict[str, Any]:
    """Ada and Bob match; Eve likes Ada, Ada blocks Dan; Kim, who has no location, and Zoe, without a profile."""
    people: dict[str, Any] = {"nobody": UserId(2**63 - 1)}
    for name in ("ada", "bob", "eve", "dan", "kim", "zoe"):
        people[name] = accounts.create_user(world.conn, email=f"{name}@example.org", password_hash="hash").user_id
    for name in ("ada", "bob", "eve", "dan", "kim"):
        location = None if name == "kim" else Point(longitude=13.405, latitude=52.52)
        level = ActivityLevel.MEDIUM
        profiles.create_profile(world.conn, user_id=people[name], name=name, location=location, activity_level=level)
    for actor, target in (("ada", "bob"), ("bob", "ada"), ("eve", "ada")):
        matching.like(world.conn, actor_id=people[actor], target_id=people[target])
    matching.block(world.conn, actor_id=people["ada"], target_id=people["dan"])
    return people


def both(actor: str, target: str) -> Arguments:
    """The arguments for these two."""
    return lambda it: dict(actor_id=it[actor], target_id=it[target])


CALLS: dict[str, Call] = {
    "like": Call(
        works=both("ada", "eve"),
        errors={
            MissingReference: [both("ada", "nobody"), both("nobody", "ada")],
            InvalidValue: [both("ada", "ada"), both("ada", "dan")],
        },
    ),
    "pass_on": Call(
        works=both("ada", "bob"),
        errors={
            MissingReference: [both("ada", "nobody"), both("nobody", "ada")],
            InvalidValue: [both("ada", "ada")],
        },
    ),
    "undo_swipe": Call(
        works=both("ada", "bob"),
        errors={NotFound: [both("ada", "eve"), both("ada", "nobody"), both("ada", "ada")]},
    ),
    "find_swipe": Call(works=both("ada", "bob")),
    "unmatch": Call(
        works=both("bob", "ada"),
        errors={NotFound: [both("ada", "eve"), both("eve", "ada"), both("ada", "nobody"), both("ada", "ada")]},
    ),
    "block": Call(
        works=both("bob", "ada"),
        errors={
            MissingReference: [both("ada", "nobody"), both("nobody", "ada")],
            InvalidValue: [both("ada", "ada")],
        },
    ),
    "unblock": Call(
        works=both("ada", "dan"),
        errors={NotFound: [both("dan", "ada"), both("ada", "bob"), both("ada", "nobody")]},
    ),
    "discover_profiles": Call(
        works=lambda it: dict(viewer_id=it["bob"], after_distance_m=0.0, after_user_id=it["ada"], limit=5),
        errors={
            Refused: [
                lambda it: dict(viewer_id=it["kim"]),
                lambda it: dict(viewer_id=it["zoe"]),
                lambda it: dict(viewer_id=it["nobody"]),
            ],
            InvalidValue: [lambda it: dict(viewer_id=it["bob"], limit=-1)],
        },
    ),
    "get_public_profile": Call(
        works=lambda it: dict(viewer_id=it["ada"], user_id=it["bob"]),
        errors={
            NotFound: [
                lambda it: dict(viewer_id=it["ada"], user_id=it["dan"]),
                lambda it: dict(viewer_id=it["dan"], user_id=it["ada"]),
                lambda it: dict(viewer_id=it["ada"], user_id=it["zoe"]),
                lambda it: dict(viewer_id=it["ada"], user_id=it["nobody"]),
            ]
        },
    ),
    "list_likes_received": Call(
        works=lambda it: dict(user_id=it["ada"], limit=5),
        errors={
            InvalidValue: [lambda it: dict(user_id=it["ada"], limit=0)],
            InvalidCursor: [lambda it: dict(user_id=it["ada"], cursor="x")],
        },
    ),
    "list_matches": Call(
        works=lambda it: dict(user_id=it["ada"], limit=5),
        errors={
            InvalidValue: [lambda it: dict(user_id=it["ada"], limit=0)],
            InvalidCursor: [lambda it: dict(user_id=it["ada"], cursor="x")],
        },
    ),
    "count_matches": Call(works=lambda it: dict(user_id=it["ada"])),
    "list_blocked_users": Call(
        works=lambda it: dict(user_id=it["ada"], limit=5),
        errors={
            InvalidValue: [lambda it: dict(user_id=it["ada"], limit=0)],
            InvalidCursor: [lambda it: dict(user_id=it["ada"], cursor="x")],
        },
    ),
}
