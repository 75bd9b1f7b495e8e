"""Pydantic models as an application has them: what those peers' rows become that leave the making of models to it."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

__all__ = ["Delivery", "FullProfile", "InboxEntry", "Photo", "Point", "Preferences", "Prompt", "User"]


class Delivery(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    customer_id: int
    courier: str
    street: str
    city: str
    note: str | None
    items: int
    distance_m: float
    is_paid: bool
    ordered_at: datetime
    delivered_at: datetime | None


class User(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    user_id: int
    email: str
    username: str | None
    full_name: str | None
    is_active: bool
    is_superuser: bool
    created_at: datetime
    updated_at: datetime


class Point(BaseModel):
    longitude: float
    latitude: float


class Photo(BaseModel):
    photo_id: int
    user_id: int
    url: str
    position: int
    created_at: datetime


class Prompt(BaseModel):
    prompt_id: int
    user_id: int
    question: str
    answer: str
    position: int


class Preferences(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    user_id: int
    min_age: int
    max_age: int
    max_distance_m: float
    distance_unit: str
    activity_level: str


class FullProfile(BaseModel):
    user_id: int
    name: str
    birth_date: date | None
    age: int | None
    bio: str | None
    pronouns: str | None
    image_url: str | None
    location_name: str | None
    location: Point | None
    activity_level: str | None
    created_at: datetime
    updated_at: datetime
    photos: list[Photo]
    prompts: list[Prompt]
    preferences: Preferences


class InboxEntry(BaseModel):
    conversation_id: int
    other_id: int
    other_name: str | None
    other_image_url: str | None
    last_message_at: datetime
    message_id: int | None
    sender_id: int | None
    body: str | None
    unread_count: int
    is_open: bool
