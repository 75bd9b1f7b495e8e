"""Profiles: the public face of a person or a pup, with photos, prompts and preferences."""

from datetime import date, datetime

from exchange_db.engine import sql_folder
from exchange_db.resources import QUERIES
from exchange_db.types import UNSET, ActivityLevel, DistanceUnit, PhotoId, Point, PromptId, Record, Unset, UserId

__all__ = [
    "FullProfile",
    "Photo",
    "PhotoOrder",
    "Preferences",
    "Profile",
    "Prompt",
    "PromptOrder",
    "add_photo",
    "add_prompt",
    "create_profile",
    "delete_photo",
    "delete_profile",
    "delete_prompt",
    "get_full_profile",
    "get_preferences",
    "get_profile",
    "list_photos",
    "list_prompts",
    "reorder_photos",
    "reorder_prompts",
    "set_preferences",
    "update_profile",
    "update_prompt",
]

query = sql_folder(QUERIES / "profiles")


class Profile(Record):
    """The profile itself. ``location`` is the exact position: for its owner, not for other users."""

    user_id: UserId
    name: str
    birth_date: date | None
    age: int | None
    """In full years, on today's date in UTC."""
    bio: str | None
    pronouns: str | None
    image_url: str | None
    location_name: str | None
    """For people: city, state, country."""
    location: Point | None
    activity_level: ActivityLevel | None
    created_at: datetime
    updated_at: datetime
    """Moves by itself on every change, also when photos or prompts come, go or change places."""


class Photo(Record):
    photo_id: PhotoId
    user_id: UserId
    url: str
    position: int
    """Counted from 1, without gaps."""
    created_at: datetime


class PhotoOrder(Record):
    user_id: UserId
    photo_ids: list[PhotoId]
    """First to last."""


class Prompt(Record):
    """A question with the profile's answer, to start a conversation."""

    prompt_id: PromptId
    user_id: UserId
    question: str
    answer: str
    position: int
    """Counted from 1, without gaps."""


class PromptOrder(Record):
    user_id: UserId
    prompt_ids: list[PromptId]
    """First to last."""


class Preferences(Record):
    """Whom the profile looks for."""

    user_id: UserId
    min_age: int
    """In full years."""
    max_age: int
    """In full years, included."""
    max_distance_m: float
    """In metres, whatever the unit that the user reads."""
    distance_unit: DistanceUnit
    activity_level: ActivityLevel


class FullProfile(Profile):
    """The profile with everything that belongs to it."""

    photos: list[Photo]
    """In their order."""
    prompts: list[Prompt]
    """In their order."""
    preferences: Preferences


# --- the profile -----------------------------------------------------------------------------------------


@query
def create_profile(
    *,
    user_id: UserId,
    name: str,
    birth_date: date | None = None,
    bio: str | None = None,
    pronouns: str | None = None,
    image_url: str | None = None,
    location_name: str | None = None,
    location: Point | None = None,
    activity_level: ActivityLevel | None = None,
) -> Profile:
    """The user's new profile, with the default preferences.

    Raises ``Conflict`` when the user has one already, ``MissingReference`` when there is no such user.
    """
    ...


@query
def get_profile(*, user_id: UserId) -> Profile:
    """The user's profile, or ``NotFound``."""
    ...


@query
def get_full_profile(*, user_id: UserId) -> FullProfile:
    """The user's profile with photos, prompts and preferences in one round trip, or ``NotFound``."""
    ...


@query
def update_profile(
    *,
    user_id: UserId,
    name: str | Unset = UNSET,
    birth_date: date | Unset | None = UNSET,
    bio: str | Unset | None = UNSET,
    pronouns: str | Unset | None = UNSET,
    image_url: str | Unset | None = UNSET,
    location_name: str | Unset | None = UNSET,
    location: Point | Unset | None = UNSET,
    activity_level: ActivityLevel | Unset | None = UNSET,
) -> Profile:
    """The profile with this content in the fields that are given, or ``NotFound``."""
    ...


@query
def delete_profile(*, user_id: UserId) -> Profile:
    """The profile as it was, or ``NotFound``; its photos, prompts and preferences are deleted with it."""
    ...


# --- photos ----------------------------------------------------------------------------------------------


@query
def add_photo(*, user_id: UserId, url: str) -> Photo:
    """The new photo, last in order. Raises ``MissingReference`` when the user has no profile."""
    ...


@query
def list_photos(*, user_id: UserId) -> list[Photo]:
    """The profile's photos in their order."""
    ...


@query
def delete_photo(*, photo_id: PhotoId) -> Photo:
    """The photo as it was, or ``NotFound``; those after it move up."""
    ...


@query
def reorder_photos(*, user_id: UserId, photo_ids: list[PhotoId]) -> PhotoOrder:
    """The photos in their new order, or ``NotFound`` without a profile.

    Raises ``InvalidValue`` unless ``photo_ids`` names every photo of the profile exactly once.
    """
    ...


# --- prompts ---------------------------------------------------------------------------------------------


@query
def add_prompt(*, user_id: UserId, question: str, answer: str) -> Prompt:
    """The new prompt, last in order. Raises ``MissingReference`` when the user has no profile."""
    ...


@query
def list_prompts(*, user_id: UserId) -> list[Prompt]:
    """The profile's prompts in their order."""
    ...


@query
def update_prompt(*, prompt_id: PromptId, question: str | Unset = UNSET, answer: str | Unset = UNSET) -> Prompt:
    """The prompt with the text that is given, in its old place, or ``NotFound``."""
    ...


@query
def delete_prompt(*, prompt_id: PromptId) -> Prompt:
    """The prompt as it was, or ``NotFound``; those after it move up."""
    ...


@query
def reorder_prompts(*, user_id: UserId, prompt_ids: list[PromptId]) -> PromptOrder:
    """The prompts in their new order, or ``NotFound`` without a profile.

    Raises ``InvalidValue`` unless ``prompt_ids`` names every prompt of the profile exactly once.
    """
    ...


# --- preferences -----------------------------------------------------------------------------------------


@query
def get_preferences(*, user_id: UserId) -> Preferences:
    """What the profile looks for, or ``NotFound`` without a profile."""
    ...


@query
def set_preferences(
    *,
    user_id: UserId,
    min_age: int | Unset = UNSET,
    max_age: int | Unset = UNSET,
    max_distance_m: float | Unset = UNSET,
    distance_unit: DistanceUnit | Unset = UNSET,
    activity_level: ActivityLevel | Unset = UNSET,
) -> Preferences:
    """The preferences with this content in the fields that are given.

    Raises ``MissingReference`` when the user has no profile.
    """
    ...


query.complete()
