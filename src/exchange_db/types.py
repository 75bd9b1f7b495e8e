"""Types that records and parameters are made of: the record base, points, ids, enums."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Generic, NewType, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "UNSET",
    "ActivityLevel",
    "ConversationId",
    "DistanceUnit",
    "EventId",
    "EventKind",
    "MessageId",
    "Page",
    "PhotoId",
    "PlaygroundId",
    "Point",
    "PracticeSessionId",
    "ProductId",
    "PromptId",
    "QuestionId",
    "RatingId",
    "Record",
    "RowCount",
    "SaleId",
    "SubjectId",
    "SwipeAction",
    "Unset",
    "UserId",
]


class Record(BaseModel):
    """The base of every record: frozen, and a field that the record does not know is an error."""

    # NaN goes into JSON as the constant that a JSON column refuses, not as a silent null.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that were given, in a set of the caller's own: records of one query share theirs."""
        return set(self.__pydantic_fields_set__)


RowCount = NewType("RowCount", int)
"""Return annotation of a function that wants to know how many rows its statement affected."""

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of the rows of an ordered list, and the cursors of the pages before and after it.

    As a return annotation it declares a list that is read page by page. A cursor is text that is safe in a URL and
    says nothing to people. It belongs to its function and order, but to no filter. It is not signed: what a user may
    not see is for the statement to leave out.
    """

    items: list[T]
    next: str | None
    """The ``cursor`` of the page after this one; ``None``: this is the last, as far as one can tell now."""
    previous: str | None
    """The ``cursor`` of the page before this one; ``None`` on the first. An empty page has no cursors at all."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class Unset(Enum):
    """The type of ``UNSET``: ``bio: str | Unset | None = UNSET``."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return self.name


UNSET: Final = Unset.UNSET
"""The default of a parameter that a call may leave out where ``None`` is a value of its own: a field that an update
leaves as it is."""

# --- ids: the type checker catches a swapped one ---------------------------------------------------------

UserId = NewType("UserId", int)
PhotoId = NewType("PhotoId", int)
PromptId = NewType("PromptId", int)
PlaygroundId = NewType("PlaygroundId", int)
ConversationId = NewType("ConversationId", int)
MessageId = NewType("MessageId", int)
RatingId = NewType("RatingId", int)
SubjectId = NewType("SubjectId", int)
QuestionId = NewType("QuestionId", int)
PracticeSessionId = NewType("PracticeSessionId", int)
ProductId = NewType("ProductId", int)
SaleId = NewType("SaleId", int)
EventId = NewType("EventId", int)

# --- enums: text with a check constraint in the database -------------------------------------------------


class ActivityLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class DistanceUnit(StrEnum):
    """The unit that a person wants to read; the database itself knows metres only."""

    MILES = "miles"
    KILOMETERS = "kilometers"


class SwipeAction(StrEnum):
    LIKE = "like"
    PASS = "pass"  # noqa: S105 - a swipe to the left, not a password


class EventKind(StrEnum):
    HOLIDAY = "holiday"
    PROMOTION = "promotion"
    SEASONAL = "seasonal"
    CUSTOM = "custom"


# --- points ----------------------------------------------------------------------------------------------

SRID_WGS84 = 4326

# EWKB, PostGIS's binary form of a geometry: byte order, type with flags, SRID when flagged, coordinates.
# https://postgis.net/docs/using_postgis_dbmanagement.html#EWKB_EWKT
_WKB_POINT = 1
_HAS_SRID = 0x2000_0000
_EWKB_POINT = struct.Struct("<BIIdd")
_EWKB_HEAD = _EWKB_POINT.pack(1, _WKB_POINT | _HAS_SRID, SRID_WGS84, 0, 0)[:9]
_COORDINATES = struct.Struct("<dd")
_WKB_TYPE = {0: struct.Struct(">I"), 1: struct.Struct("<I")}
_WKB_COORDINATES = {0: struct.Struct(">dd"), 1: struct.Struct("<dd")}


class Point(BaseModel):
    """A position on Earth: longitude and latitude in degrees, WGS 84 (SRID 4326).

    A parameter or column of this type is a PostGIS ``geography(Point, 4326)`` or ``geometry(Point, 4326)``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)

    def to_ewkb(self) -> bytes:
        """The point in PostGIS's binary form, SRID included."""
        return _EWKB_POINT.pack(1, _WKB_POINT | _HAS_SRID, SRID_WGS84, self.longitude, self.latitude)

    @classmethod
    def from_ewkb(cls, ewkb: bytes) -> Self:
        """Read PostGIS's binary form.

        Raises ``ValueError`` for anything but a two-dimensional point in SRID 4326 (or without an SRID).
        """
        if len(ewkb) == _EWKB_POINT.size and ewkb.startswith(_EWKB_HEAD):  # as PostGIS sends it
            longitude, latitude = _COORDINATES.unpack_from(ewkb, len(_EWKB_HEAD))
        else:
            longitude, latitude = _coordinates(ewkb)
        point: Self = cls.__pydantic_validator__.validate_python({"longitude": longitude, "latitude": latitude})
        return point


def _coordinates(ewkb: bytes) -> tuple[float, float]:
    """Those of a point in any of the forms that EWKB has for one."""
    try:
        order = ewkb[0]
        (kind,) = _WKB_TYPE[order].unpack_from(ewkb, 1)
        start = 5
        if kind & _HAS_SRID:
            (srid,) = _WKB_TYPE[order].unpack_from(ewkb, start)
            if srid != SRID_WGS84:
                raise ValueError(f"the point has SRID {srid}, not {SRID_WGS84}")
            start += 4
        if kind & ~_HAS_SRID != _WKB_POINT or len(ewkb) != start + 16:
            raise ValueError("the geometry is not a two-dimensional point")
        longitude, latitude = _WKB_COORDINATES[order].unpack_from(ewkb, start)
        return longitude, latitude
    except (IndexError, KeyError, struct.error) as error:
        raise ValueError("the value is not a geometry in EWKB form") from error
