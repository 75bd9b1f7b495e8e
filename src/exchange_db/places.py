"""Places: playgrounds, found by distance and by the rectangle of a map view; GeoJSON for maps."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from exchange_db.engine import sql_folder
from exchange_db.resources import QUERIES
from exchange_db.types import UNSET, Page, PlaygroundId, Point, Record, Unset, UserId

__all__ = [
    "NearbyPlayground",
    "Playground",
    "PlaygroundFeature",
    "PlaygroundFeatureCollection",
    "PlaygroundProperties",
    "PointGeometry",
    "add_playground",
    "delete_playground",
    "export_playgrounds_geojson",
    "get_playground",
    "get_playground_geojson",
    "list_nearby_playgrounds",
    "list_nearest_playgrounds",
    "list_playgrounds_by_user",
    "list_playgrounds_in_box",
    "stream_playgrounds",
    "update_playground",
]

query = sql_folder(QUERIES / "places")


class Playground(Record):
    playground_id: PlaygroundId
    added_by: UserId
    name: str
    description: str | None
    location: Point
    created_at: datetime


class NearbyPlayground(Playground):
    """A playground as seen from somewhere."""

    distance_m: float
    """Geodesic distance on the WGS 84 spheroid, metres."""


# --- GeoJSON (RFC 7946): ``model_dump_json()`` of these records is GeoJSON text ------------------------------


class PointGeometry(Record):
    type: Literal["Point"]
    coordinates: tuple[float, float]
    """Longitude, latitude: the stored numbers, not rounded."""


class PlaygroundProperties(Record):
    name: str
    description: str | None
    added_by: UserId
    created_at: datetime


class PlaygroundFeature(Record):
    type: Literal["Feature"]
    id: PlaygroundId
    geometry: PointGeometry
    properties: PlaygroundProperties


class PlaygroundFeatureCollection(Record):
    type: Literal["FeatureCollection"]
    features: list[PlaygroundFeature]


# --- one playground --------------------------------------------------------------------------------------


@query
def add_playground(*, added_by: UserId, name: str, location: Point, description: str | None = None) -> Playground:
    """The new playground. Raises ``MissingReference`` when there is no such user."""
    ...


@query
def get_playground(*, playground_id: PlaygroundId) -> Playground:
    """The playground with this id, or ``NotFound``."""
    ...


@query
def get_playground_geojson(*, playground_id: PlaygroundId) -> PlaygroundFeature:
    """The playground as a GeoJSON feature, or ``NotFound``."""
    ...


@query
def update_playground(
    *,
    playground_id: PlaygroundId,
    name: str | Unset = UNSET,
    location: Point | Unset = UNSET,
    description: str | Unset | None = UNSET,
) -> Playground:
    """The playground with this content in the fields that are given, or ``NotFound``."""
    ...


@query
def delete_playground(*, playground_id: PlaygroundId) -> Playground:
    """The playground as it was, or ``NotFound``."""
    ...


# --- many ------------------------------------------------------------------------------------------------


@query
def list_nearby_playgrounds(*, origin: Point, radius_m: float, limit: int = 20) -> list[NearbyPlayground]:
    """Playgrounds within ``radius_m`` metres of ``origin``, nearest first.

    Raises ``InvalidValue`` for a radius that is negative or not finite.
    """
    ...


@query
def list_nearest_playgrounds(*, origin: Point, limit: int = 20) -> list[NearbyPlayground]:
    """The ``limit`` playgrounds nearest to ``origin``, however far away, nearest first."""
    ...


@query
def list_playgrounds_in_box(*, south_west: Point, north_east: Point, limit: int = 500) -> list[Playground]:
    """Playgrounds in a map view, borders included; those nearest to its middle first, in degrees.

    A view whose west is greater than its east crosses the 180th meridian.
    """
    ...


@query
def list_playgrounds_by_user(*, added_by: UserId, limit: int = 50, cursor: str | None = None) -> Page[Playground]:
    """What one user added, newest first, page by page."""
    ...


@query
def export_playgrounds_geojson(
    *, south_west: Point, north_east: Point, limit: int = 500
) -> PlaygroundFeatureCollection:
    """The playgrounds of ``list_playgrounds_in_box``, in the same order, as a GeoJSON feature collection."""
    ...


@query.stream
def stream_playgrounds() -> Iterator[Playground]:
    """Every playground in the order of id, a few at a time."""
    ...


query.complete()
