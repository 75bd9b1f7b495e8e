"""Pydantic models as an application has them: what those peers' rows become that leave the making of models to it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

__all__ = ["Delivery", "User"]


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
