"""Matching: whom to meet nearby, likes and passes, the matches that they make, and blocks.

Other users' positions leave the database only as distances between the middles of cells of some 550 m: nobody can be
placed more exactly than in their cell, from however many places one asks.
"""

from datetime import datetime

from exchange_db.engine import sql_folder
from exchange_db.profiles import Photo, Prompt
from exchange_db.resources import QUERIES
from exchange_db.types import ActivityLevel, ConversationId, Page, Record, SwipeAction, UserId

__all__ = [
    "Block",
    "BlockedUser",
    "DiscoveredProfile",
    "EndedMatch",
    "FullPublicProfile",
    "LikeOutcome",
    "Match",
    "PublicProfile",
    "ReceivedLike",
    "Swipe",
    "block",
    "count_matches",
    "discover_profiles",
    "find_swipe",
    "get_public_profile",
    "like",
    "list_blocked_users",
    "list_likes_received",
    "list_matches",
    "pass_on",
    "unblock",
    "undo_swipe",
    "unmatch",
]

query = sql_folder(QUERIES / "matching")


# --- profiles as others see them -------------------------------------------------------------------------


class PublicProfile(Record):
    """What every user may see of another: no birth date and no position."""

    user_id: UserId
    name: str
    age: int | None
    """In full years, on today's date in UTC."""
    bio: str | None
    pronouns: str | None
    image_url: str | None
    location_name: str | None
    """For people: city, state, country."""
    activity_level: ActivityLevel | None


class DiscoveredProfile(PublicProfile):
    distance_m: float
    """From the middle of the viewer's cell to that of the profile's, metres on the sphere; 0 in the same cell."""


class FullPublicProfile(PublicProfile):
    """The profile with photos and prompts."""

    distance_m: float | None
    """As in ``DiscoveredProfile``; ``None`` when the viewer or the profile has no location."""
    photos: list[Photo]
    """In their order."""
    prompts: list[Prompt]
    """In their order."""


# --- what users decide about each other ------------------------------------------------------------------


class Swipe(Record):
    """A like or a pass, the last word that ``actor_id`` said about ``target_id``."""

    actor_id: UserId
    target_id: UserId
    action: SwipeAction
    created_at: datetime
    """When it was first decided so; saying the same again does not move it."""


class LikeOutcome(Record):
    actor_id: UserId
    target_id: UserId
    is_match: bool
    """Whether each likes the other."""
    is_new_match: bool
    """Whether this very call made the match: true for exactly one call, however many race."""
    matched_at: datetime | None
    conversation_id: ConversationId | None
    """Where the two can write to each other; ``None`` without a match."""


class EndedMatch(Record):
    actor_id: UserId
    target_id: UserId
    matched_at: datetime
    unmatched_at: datetime


class Block(Record):
    """``actor_id`` and ``target_id``, whom the former blocks or no longer blocks."""

    actor_id: UserId
    target_id: UserId


class Match(Record):
    """A match as one of the two sees it."""

    user_id: UserId
    """The other one."""
    matched_at: datetime
    conversation_id: ConversationId
    profile: PublicProfile | None
    """The other one's; ``None`` when there is none."""


class ReceivedLike(Record):
    user_id: UserId
    """Whose like it is."""
    liked_at: datetime
    profile: PublicProfile | None
    """``None`` when there is none."""


class BlockedUser(Record):
    user_id: UserId
    profile: PublicProfile | None
    """``None`` when there is none."""


# --- discovery -------------------------------------------------------------------------------------------


@query
def discover_profiles(
    *,
    viewer_id: UserId,
    after_distance_m: float | None = None,
    after_user_id: UserId | None = None,
    limit: int = 20,
) -> list[DiscoveredProfile]:
    """Whom the viewer may like next, nearest first; the next page is the one after the last row of this one.

    Active users within both sides' maximum distances and age ranges, of the activity level that the viewer looks for,
    whom the viewer has neither liked nor passed on, without a block between the two. An age or an activity level that
    is not told fits every wish. A search ends after the 10,000 nearest cells in which anybody has ever been: some 30 km
    in a megacity, a continent where few are.

    A list and not a ``Page``: it is a deck to be swiped, whose first page is always the next one, because whoever has
    been decided about is gone from it. ``after_…`` are for looking ahead without deciding.

    A page costs the same however many live around. Where hardly anybody fits, everybody within the bound is looked at.

    Raises ``Refused`` when the viewer has no profile, or no location in it.
    """
    ...


@query
def get_public_profile(*, viewer_id: UserId, user_id: UserId) -> FullPublicProfile:
    """The profile of ``user_id`` as ``viewer_id`` may see it.

    ``NotFound`` without such a profile, when its account is deactivated, and when one of the two blocks the other.
    """
    ...


# --- swipes ----------------------------------------------------------------------------------------------


@query
def like(*, actor_id: UserId, target_id: UserId) -> LikeOutcome:
    """Like somebody, also after a pass. When they like the actor too, this is a match with a conversation.

    Raises ``MissingReference`` when one of the two does not exist, ``InvalidValue`` for oneself and for somebody whom
    the actor blocks.
    """
    ...


@query
def pass_on(*, actor_id: UserId, target_id: UserId) -> Swipe:
    """Pass on somebody, also after a like; a match that stands ends.

    Raises ``MissingReference`` when one of the two does not exist, ``InvalidValue`` for oneself.
    """
    ...


@query
def undo_swipe(*, actor_id: UserId, target_id: UserId) -> Swipe:
    """Take a like or a pass back, so that it was never said; a match that stood ends. A block stays.

    The swipe as it was, or ``NotFound`` when there is none.
    """
    ...


@query
def find_swipe(*, actor_id: UserId, target_id: UserId) -> Swipe | None:
    """What the actor decided about somebody, if they did."""
    ...


@query
def list_likes_received(
    *,
    user_id: UserId,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ReceivedLike]:
    """Who likes the user and waits for an answer, newest first, page by page.

    Not those about whom the user has decided, whom they block, or whose account is deactivated.
    """
    ...


# --- matches ---------------------------------------------------------------------------------------------


@query
def unmatch(*, actor_id: UserId, target_id: UserId) -> EndedMatch:
    """End a match: the actor's like becomes a pass and the conversation is closed, to be read only.

    ``NotFound`` when the two do not match. They match again, in the same conversation, when the actor likes again.
    """
    ...


@query
def list_matches(
    *,
    user_id: UserId,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Match]:
    """The user's matches, newest first, page by page.

    Without those whose account is deactivated.
    """
    ...


@query
def count_matches(*, user_id: UserId) -> int:
    """How many matches ``list_matches`` gives, all pages together."""
    ...


# --- blocks ----------------------------------------------------------------------------------------------


@query
def block(*, actor_id: UserId, target_id: UserId) -> Block:
    """Block somebody: a pass that ends a match and hides the two from each other until ``unblock``.

    Neither finds the other, sees the other's profile, writes to or rates the other. Their conversation and ratings can
    still be read, without the other's name and picture. A message whose sending had begun before may still arrive.

    Raises ``MissingReference`` when one of the two does not exist, ``InvalidValue`` for oneself.
    """
    ...


@query
def unblock(*, actor_id: UserId, target_id: UserId) -> Block:
    """Take a block back; the pass that came with it stays. ``NotFound`` when there is none."""
    ...


@query
def list_blocked_users(*, user_id: UserId, limit: int = 50, cursor: str | None = None) -> Page[BlockedUser]:
    """Whom the user blocks, by id, page by page."""
    ...


query.complete()
