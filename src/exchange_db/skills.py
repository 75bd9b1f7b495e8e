"""Skills: what people teach and want to learn, who fits whom, and how they rate each other."""

from datetime import datetime

from exchange_db.engine import sql_folder
from exchange_db.resources import QUERIES
from exchange_db.types import UNSET, ConversationId, Page, RatingId, Record, Unset, UserId

__all__ = [
    "GivenRating",
    "Partner",
    "Rating",
    "RatingSummary",
    "ReceivedRating",
    "SkillSet",
    "Teacher",
    "delete_rating",
    "delete_skills",
    "find_rating",
    "get_rating_summary",
    "get_skills",
    "list_nearest_teachers",
    "list_partners",
    "list_ratings_given",
    "list_ratings_received",
    "list_teachers",
    "rate_user",
    "set_skills",
    "update_rating",
]

query = sql_folder(QUERIES / "skills")


class SkillSet(Record):
    """What a user teaches and wants to learn, with how they are rated."""

    user_id: UserId
    name: str | None
    """From the profile; ``None`` without one."""
    availability: str | None
    """When they have time, in their own words."""
    learning_style: str | None
    """How they like to learn, in their own words."""
    skills_to_offer: list[str]
    """As typed, trimmed; each once, without regard to case."""
    skills_to_learn: list[str]
    """As typed, trimmed; each once, without regard to case."""
    average_rating: float | None
    """The mean of the stars of all ratings received; ``None`` without any."""
    rating_count: int
    updated_at: datetime
    """When the skill set was last changed; ratings do not move it."""


class Teacher(Record):
    """Somebody who offers a skill, as a viewer sees them."""

    user_id: UserId
    name: str | None
    """From the profile, as image and location name; ``None`` without one."""
    image_url: str | None
    location_name: str | None
    availability: str | None
    learning_style: str | None
    skills_to_offer: list[str]
    skills_to_learn: list[str]
    average_rating: float | None
    """The mean of the stars; ``None`` without ratings."""
    rating_count: int
    score: float
    """What teachers are ranked by: the mean of the stars with one more rating of each of 1 to 5 stars added."""
    distance_m: float | None
    """Metres between the cells of some 550 m that both are in; ``None`` where a location is not known."""


class Partner(Record):
    """Somebody who teaches what the user wants to learn, and wants to learn what the user teaches."""

    user_id: UserId
    name: str | None
    """From the profile, as image and location name; ``None`` without one."""
    image_url: str | None
    location_name: str | None
    availability: str | None
    learning_style: str | None
    can_teach: list[str]
    """Those of their offers that the user wants to learn, as they typed them."""
    wants_to_learn: list[str]
    """Those of their wishes that the user offers, as they typed them."""
    overlap: int
    """How many skills these are together."""
    average_rating: float | None
    """The mean of the stars; ``None`` without ratings."""
    rating_count: int
    score: float
    """As a teacher's."""
    distance_m: float | None
    """As a teacher's."""


class Rating(Record):
    rating_id: RatingId
    rater_id: UserId
    rated_id: UserId
    conversation_id: ConversationId
    stars: int
    """1, the worst, to 5, the best."""
    comment: str | None
    created_at: datetime
    updated_at: datetime
    """Moves by itself on every change."""


class ReceivedRating(Rating):
    rater_name: str | None
    """From the profile of who rated; ``None`` without one, and when one of the two blocks the other."""


class GivenRating(Rating):
    rated_name: str | None
    """From the profile of who was rated; ``None`` without one, and when one of the two blocks the other."""


class RatingSummary(Record):
    """All ratings that a user has received, in numbers."""

    user_id: UserId
    average_rating: float | None
    """The mean of the stars; ``None`` without ratings."""
    rating_count: int
    score: float
    """As a teacher's; 3 without ratings."""
    distribution: list[int]
    """How many ratings have 1, 2, 3, 4 and 5 stars: always five numbers, in this order."""


# --- skill sets ------------------------------------------------------------------------------------------


@query
def set_skills(
    *,
    user_id: UserId,
    skills_to_offer: list[str],
    skills_to_learn: list[str],
    availability: str | None = None,
    learning_style: str | None = None,
) -> SkillSet:
    """The user's skill set with this content in every field, made where there was none.

    White space around skills is cut off, and of several that differ only in case the first is kept. Raises
    ``InvalidValue`` for a skill that is blank or longer than 50 characters, for more than 100 skills, and for other
    texts of more than 255 characters; ``MissingReference`` when there is no such user.
    """
    ...


@query
def get_skills(*, user_id: UserId) -> SkillSet:
    """The user's skills with their name and average rating, or ``NotFound``."""
    ...


@query
def delete_skills(*, user_id: UserId) -> SkillSet:
    """The skill set as it was, or ``NotFound``; ratings stay."""
    ...


# --- who fits --------------------------------------------------------------------------------------------


@query
def list_teachers(
    *,
    skill: str,
    viewer_id: UserId | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> Page[Teacher]:
    """Active users who offer the skill, best-rated first, page by page.

    Neither the viewer nor who is blocked on either side. Upper and lower case and white space around the
    skill make no difference.
    """
    ...


@query
def list_nearest_teachers(
    *,
    skill: str,
    viewer_id: UserId,
    after_distance_m: float | None = None,
    after_user_id: UserId | None = None,
    limit: int = 20,
) -> list[Teacher]:
    """Those of ``list_teachers`` whose location is known, nearest to the viewer first.

    The next page is the one after the ``distance_m`` and ``user_id`` of the last teacher of this one. A list and not a
    ``Page``: the index of places is walked outwards only, and a previous page would read everybody nearer. Raises
    ``Refused`` when the viewer's profile has no location.
    """
    ...


@query
def list_partners(*, user_id: UserId, limit: int = 20) -> list[Partner]:
    """Active users who can teach what the user wants and want what the user teaches; nobody blocked on either side.

    Those with the most skills in common first, then the best-rated, then the nearest, then those whose distance is not
    known. Empty for a user who offers or wants nothing.
    """
    ...


# --- ratings ---------------------------------------------------------------------------------------------


@query
def rate_user(
    *,
    rater_id: UserId,
    rated_id: UserId,
    conversation_id: ConversationId,
    stars: int,
    comment: str | None = None,
) -> Rating:
    """The rater's rating of the other user in a conversation, made or changed: one for each conversation.

    Raises ``MissingReference`` unless both are in the conversation; ``Refused`` when one of the two blocks the other
    (what was rated before stays, and a match that has ended hinders nobody); ``InvalidValue`` for a rating of oneself,
    and for other than 1 to 5 stars.
    """
    ...


@query
def find_rating(*, rater_id: UserId, conversation_id: ConversationId) -> Rating | None:
    """The rater's rating of the other user in a conversation, if there is one."""
    ...


@query
def update_rating(
    *, rater_id: UserId, rating_id: RatingId, stars: int | Unset = UNSET, comment: str | Unset | None = UNSET
) -> Rating:
    """The rater's own rating with what is given of stars and comment, or ``NotFound``, also for anybody else's.

    Raises ``Refused`` when one of the two blocks the other, ``InvalidValue`` for other than 1 to 5 stars.
    """
    ...


@query
def delete_rating(*, rater_id: UserId, rating_id: RatingId) -> Rating:
    """The rater's own rating as it was, or ``NotFound``, also for anybody else's. A block does not hinder it."""
    ...


@query
def list_ratings_received(*, rated_id: UserId, limit: int = 50, cursor: str | None = None) -> Page[ReceivedRating]:
    """How a user was rated, newest first, page by page."""
    ...


@query
def list_ratings_given(*, rater_id: UserId, limit: int = 50, cursor: str | None = None) -> Page[GivenRating]:
    """How a user rated others, newest first, page by page."""
    ...


@query
def get_rating_summary(*, user_id: UserId) -> RatingSummary:
    """Average, count and distribution of the ratings that a user has received, or ``NotFound`` without such a user."""
    ...


query.complete()
