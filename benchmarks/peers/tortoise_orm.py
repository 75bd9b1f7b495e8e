"""Tortoise ORM on asyncpg, the driver that its documentation recommends for PostgreSQL.

Fair: its own pool, asyncpg's prepared statements, entities as they come. Its fields are read without any check.

https://tortoise.github.io/getting_started.html
https://tortoise.github.io/query.html
https://tortoise.github.io/databases.html
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tortoise import Tortoise, fields
from tortoise.models import Model

from benchmarks.address import address

__all__ = ["NAME", "TortoiseOrm", "connect"]

NAME = "Tortoise ORM"


class Delivery(Model):
    id = fields.BigIntField(primary_key=True)
    customer_id = fields.BigIntField()
    courier = fields.TextField()
    street = fields.TextField()
    city = fields.TextField()
    note = fields.TextField(null=True)
    items = fields.IntField()
    distance_m = fields.FloatField()
    is_paid = fields.BooleanField()
    ordered_at = fields.DatetimeField()
    delivered_at = fields.DatetimeField(null=True)

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride] # as its documentation has it
        table = "deliveries"
        schema = "bench"


class User(Model):
    user_id = fields.BigIntField(primary_key=True, source_field="id")
    email = fields.TextField()
    username = fields.TextField(null=True)
    full_name = fields.TextField(null=True)
    is_active = fields.BooleanField()
    is_superuser = fields.BooleanField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride] # likewise
        table = "users"
        schema = "exchange"


class TortoiseOrm:
    """What it has opened once for the whole process."""

    async def deliveries(self, limit: int) -> list[Delivery]:
        return await Delivery.all().order_by("id").limit(limit)

    async def user(self, user_id: int) -> User:
        return await User.get(user_id=user_id)


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[TortoiseOrm]:
    await Tortoise.init(
        config={
            "connections": {
                "default": {
                    "engine": "tortoise.backends.asyncpg",
                    "credentials": {**address(url), "minsize": 1, "maxsize": 10},
                }
            },
            "apps": {"models": {"models": [__name__], "default_connection": "default"}},
            "use_tz": True,
        }
    )
    try:
        yield TortoiseOrm()
    finally:
        await Tortoise.close_connections()
