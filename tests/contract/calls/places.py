"""Calls of the functions of places: one that works, and each error that they can raise."""

from typing import Any

from exchange_db import accounts, places
from exchange_db.errors import InvalidCursor, InvalidValue, MissingReference, NotFound
from exchange_db.types import PlaygroundId, Point, UserId
from tests.contract.calls.table import Call, World

GRAZ = Point(longitude=15.44, latitude=47.07)


def prepare(world: World) -> dict[str, Any]:
    """Two playgrounds of one user."""
    ada = accounts.create_user(world.conn, email="ada@example.org", password_hash="hash").user_id
    park, meadow = (
        places.add_playground(world.conn, added_by=ada, name=name, location=GRAZ).playground_id
        for name in ("Park", "Meadow")
    )
    return {
        "ada": ada,
        "park": park,
        "meadow": meadow,
        "nobody": UserId(2**63 - 1),
        "nowhere": PlaygroundId(2**63 - 1),
        "box": {
            "south_west": Point(longitude=15, latitude=47),
            "north_east": Point(longitude=16, latitude=48),
        },
    }


CALLS: dict[str, Call] = {
    "add_playground": Call(
        works=lambda it: dict(added_by=it["ada"], name="Wood", location=GRAZ, description="trees"),
        errors={
            MissingReference: [lambda it: dict(added_by=it["nobody"], name="Wood", location=GRAZ)],
            InvalidValue: [
                lambda it: dict(added_by=it["ada"], name="", location=GRAZ),
                lambda it: dict(added_by=it["ada"], name="x" * 201, location=GRAZ),
            ],
        },
    ),
    "get_playground": Call(
        works=lambda it: dict(playground_id=it["park"]),
        errors={NotFound: [lambda it: dict(playground_id=it["nowhere"])]},
    ),
    "get_playground_geojson": Call(
        works=lambda it: dict(playground_id=it["park"]),
        errors={NotFound: [lambda it: dict(playground_id=it["nowhere"])]},
    ),
    "update_playground": Call(
        works=lambda it: dict(playground_id=it["park"], name="Garden", location=GRAZ, description=None),
        errors={
            NotFound: [lambda it: dict(playground_id=it["nowhere"], name="Garden", location=GRAZ, description=None)],
            InvalidValue: [
                lambda it: dict(playground_id=it["park"], name="\u200b", location=GRAZ, description=None),
                lambda it: dict(playground_id=it["park"], name="x" * 201, location=GRAZ, description=None),
            ],
        },
    ),
    "delete_playground": Call(
        works=lambda it: dict(playground_id=it["park"]),
        errors={NotFound: [lambda it: dict(playground_id=it["nowhere"])]},
    ),
    "list_nearby_playgrounds": Call(
        works=lambda it: dict(origin=GRAZ, radius_m=0.0),
        errors={
            InvalidValue: [
                lambda it: dict(origin=GRAZ, radius_m=-1.0),
                lambda it: dict(origin=GRAZ, radius_m=float("nan")),
                lambda it: dict(origin=GRAZ, radius_m=float("inf")),
                lambda it: dict(origin=GRAZ, radius_m=1.0, limit=-1),
            ]
        },
    ),
    "list_nearest_playgrounds": Call(
        works=lambda it: dict(origin=Point(longitude=-170, latitude=-80), limit=1),
        errors={InvalidValue: [lambda it: dict(origin=GRAZ, limit=-1)]},
    ),
    "list_playgrounds_in_box": Call(
        works=lambda it: it["box"],
        errors={InvalidValue: [lambda it: it["box"] | {"limit": -1}]},
    ),
    "list_playgrounds_by_user": Call(
        works=lambda it: dict(added_by=it["ada"], limit=1),
        errors={
            InvalidValue: [lambda it: dict(added_by=it["ada"], limit=0)],
            InvalidCursor: [lambda it: dict(added_by=it["ada"], cursor="x")],
        },
    ),
    "export_playgrounds_geojson": Call(
        works=lambda it: it["box"],
        errors={InvalidValue: [lambda it: it["box"] | {"limit": -1}]},
    ),
    "stream_playgrounds": Call(works=lambda it: {}),
}
