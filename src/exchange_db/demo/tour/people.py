# ruff: noqa: S106 - passwords made up for the reader
"""Accounts and profiles."""

from collections.abc import Iterator
from datetime import date
from time import perf_counter

from exchange_db import open_pool, profiles, transaction
from exchange_db.accounts import User
from exchange_db.authentication import sign_in, sign_up
from exchange_db.demo.stage import Step
from exchange_db.errors import Conflict
from exchange_db.pool import Pool
from exchange_db.profiles import FullProfile
from exchange_db.types import Point

__all__ = ["GUEST", "STEPS"]

GUEST = "grace@example.org"
"""Signs up in the tour, and is deleted with everything of hers when it ends."""


def open_a_pool(url: str) -> Pool:
    """Every call takes a psycopg connection or pool. This is psycopg's own pool with settings that suit one-statement
    calls; without a URL it follows libpq's PGHOST, PGDATABASE and so on."""
    return open_pool(url)


def signing_up(pool: Pool) -> User:
    """The result is a frozen Pydantic record. Argon2 hashes the password, slowly on purpose, before a connection is
    taken from the pool."""
    return sign_up(
        pool,
        email="grace@example.org",
        password="one nanosecond is 30 cm",
        username="grace",
    )


def signing_up_twice(pool: Pool) -> User:
    """Addresses are the same without regard to case, and a unique index says so, not a look before the insert. The
    sentence is the comment on that index: fit to show to a person."""
    return sign_up(pool, email="Grace@Example.ORG", password="two")


def signing_in(pool: Pool) -> Iterator[tuple[str, str, str | None, str]]:
    """A wrong password and an unknown address cannot be told apart: the answer is the same, and takes the same time."""
    for email, password in [
        ("grace@example.org", "one nanosecond is 30 cm"),
        ("grace@example.org", "a guess"),
        ("nobody@example.org", "a guess"),
    ]:
        start = perf_counter()
        user = sign_in(pool, email=email, password=password)
        name = user.username if user else None
        yield email, password, name, f"{perf_counter() - start:.2f} s"


def in_one_transaction(pool: Pool, grace: User) -> FullProfile:
    """Each call is one round trip and commits by itself; several become all-or-nothing in a transaction. The full
    profile, with lists in it, is one statement and one round trip too."""
    with transaction(pool) as conn:
        profiles.create_profile(
            conn,
            user_id=grace.user_id,
            name="Grace",
            birth_date=date(1996, 12, 9),
            location_name="Arlington, United States",
            location=Point(longitude=-77.0865, latitude=38.8903),
        )
        for picture in ("moth", "harbour", "compiler"):
            url = f"https://photos.example.org/{picture}.jpg"
            profiles.add_photo(conn, user_id=grace.user_id, url=url)
        profiles.add_prompt(
            conn,
            user_id=grace.user_id,
            question="Easier than permission",
            answer="To ask for forgiveness.",
        )
    return profiles.get_full_profile(pool, user_id=grace.user_id)


STEPS = (
    Step("A pool", open_a_pool, gives="pool"),
    Step("Signing up", signing_up, gives="grace"),
    Step("Signing up twice", signing_up_twice, raises=Conflict),
    Step("Signing in", signing_in, columns=("email", "password", "user", "time")),
    Step("Several calls, all or nothing", in_one_transaction),
)
