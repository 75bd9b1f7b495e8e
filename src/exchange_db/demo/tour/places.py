"""Playgrounds on the globe."""

from exchange_db import places
from exchange_db.demo.stage import Step
from exchange_db.places import NearbyPlayground, Playground
from exchange_db.pool import Pool
from exchange_db.types import Point

__all__ = ["STEPS"]


def nearby(pool: Pool) -> list[NearbyPlayground]:
    """Within five kilometres of the middle of Berlin. The distance is geodesic, on the WGS 84 spheroid."""
    return places.list_nearby_playgrounds(
        pool,
        origin=Point(longitude=13.405, latitude=52.52),
        radius_m=5_000,
        limit=6,
    )


def in_a_box(pool: Pool) -> list[Playground]:
    """A map view from Fiji to Samoa crosses the 180th meridian: its west is greater than its east, and that is all
    there is to say."""
    return places.list_playgrounds_in_box(
        pool,
        south_west=Point(longitude=176, latitude=-22),
        north_east=Point(longitude=-171, latitude=-12),
    )


STEPS = (
    Step("Playgrounds nearby", nearby, columns=("name", "distance_m", "location")),
    Step("In a map view across the 180th meridian", in_a_box, columns=("name", "location")),
)
