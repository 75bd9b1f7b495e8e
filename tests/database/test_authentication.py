"""Signing up and in on a real database: races, renewals, and refusals that tell nothing."""

import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bcrypt
import pytest
from psycopg_pool import ConnectionPool

from exchange_db import accounts, authentication, open_async_pool
from exchange_db.accounts import User
from exchange_db.authentication import change_password, sign_in, sign_up, sign_up_first_superuser
from exchange_db.errors import Conflict, InvalidValue, NotFound
from exchange_db.passwords import Verdict, verify_password
from exchange_db.types import UserId

Pool = ConnectionPool[Any]
EMAIL, PASSWORD = "Ada@example.org", "correct horse"


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals need not last here, but in the test that measures them."""
    monkeypatch.setattr(authentication, "FAILURE_TAKES_S", 0.0)


def test_who_signed_up_signs_in(pool: Pool) -> None:
    """With the address in any case, and with the right password only."""
    user = sign_up(pool, email=EMAIL, password=PASSWORD, username="ada", full_name="Ada Lovelace")
    assert sign_in(pool, email=EMAIL.upper(), password=PASSWORD) == user
    assert sign_in(pool, email=EMAIL, password=PASSWORD.upper()) is None
    assert sign_in(pool, email="nobody@example.org", password=PASSWORD) is None
    assert sign_in(pool, email=EMAIL, password="") is None


def test_sign_up_races_have_one_winner(pool: Pool) -> None:
    """Of many sign-ups with one address, in several spellings, one wins and the others get a clear conflict."""

    def attempt(number: int) -> User | str | None:
        try:
            return sign_up(pool, email=EMAIL.upper() if number % 2 else EMAIL, password=PASSWORD)
        except Conflict as error:
            return f"{error.constraint}: {error.sentence}"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, range(8)))
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert {outcome for outcome in outcomes if isinstance(outcome, str)} == {"users_email_key: e-mail is already taken"}
    assert accounts.count_users(pool) == 1


def test_the_first_superuser_is_one(pool: Pool) -> None:
    """However many servers start at once, one first superuser is made; the others are told so."""

    def attempt(number: int) -> User | None:
        return sign_up_first_superuser(pool, email=f"root{number}@example.org", password=PASSWORD)

    with ThreadPoolExecutor(6) as threads:
        made = [user for user in threads.map(attempt, range(6)) if user]
    assert len(made) == 1
    assert made[0].is_superuser
    assert sign_in(pool, email=made[0].email, password=PASSWORD) == made[0]


def test_an_old_hash_is_renewed_at_sign_in(pool: Pool) -> None:
    """A bcrypt hash lets its owner in and is an Argon2 hash afterwards."""
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    accounts.create_user(pool, email=EMAIL, password_hash=old)
    assert sign_in(pool, email=EMAIL, password="wrong") is None
    before = accounts.find_credentials(pool, email=EMAIL)
    assert before is not None
    assert before.password_hash == old
    assert sign_in(pool, email=EMAIL, password=PASSWORD) is not None
    after = accounts.find_credentials(pool, email=EMAIL)
    assert after is not None
    assert after.password_hash.startswith("$argon2id$")
    assert sign_in(pool, email=EMAIL, password=PASSWORD) is not None


def test_a_deactivated_account_is_refused_like_a_wrong_password(pool: Pool) -> None:
    """Deactivated: the same answer as to a stranger. Reactivated: in again."""
    user = sign_up(pool, email=EMAIL, password=PASSWORD)
    accounts.deactivate_user(pool, user_id=user.user_id)
    assert sign_in(pool, email=EMAIL, password=PASSWORD) is None
    accounts.reactivate_user(pool, user_id=user.user_id)
    assert sign_in(pool, email=EMAIL, password=PASSWORD) is not None


def test_a_password_is_changed_by_who_knows_it(pool: Pool) -> None:
    """Only with the current password; afterwards the new one counts and the old one does not."""
    user = sign_up(pool, email=EMAIL, password=PASSWORD)

    def change(current: str, new: str) -> bool:
        return change_password(pool, user_id=user.user_id, current_password=current, new_password=new)

    assert not change("wrong", "new")
    assert change(PASSWORD, "new")
    assert not change(PASSWORD, "newer")
    assert sign_in(pool, email=EMAIL, password=PASSWORD) is None
    assert sign_in(pool, email=EMAIL, password="new") is not None
    with pytest.raises(NotFound):
        change_password(pool, user_id=UserId(10**12), current_password="a", new_password="b")


def test_of_two_changes_at_once_one_counts(pool: Pool) -> None:
    """Both know the password; the one that comes second finds it changed."""
    user = sign_up(pool, email=EMAIL, password=PASSWORD)

    def change(new: str) -> tuple[bool, str]:
        return change_password(pool, user_id=user.user_id, current_password=PASSWORD, new_password=new), new

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(change, ["first", "second"]))
    assert sorted(changed for changed, _ in outcomes) == [False, True]
    (winner,) = (new for changed, new in outcomes if changed)
    assert sign_in(pool, email=EMAIL, password=winner) is not None


def test_an_empty_password_is_refused(pool: Pool) -> None:
    """Neither sign-up nor a change takes an empty password, and nothing is stored."""
    with pytest.raises(InvalidValue, match="empty"):
        sign_up(pool, email=EMAIL, password="")
    assert accounts.count_users(pool) == 0


def test_the_async_twin_is_the_same(database_url: str) -> None:
    """Every operation, awaited; the event loop stays free while a password is hashed."""

    async def run() -> None:
        async with open_async_pool(database_url) as pool:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    ticks += 1
                    await asyncio.sleep(0.001)

            ticking = asyncio.create_task(tick())
            user = await sign_up(pool, email=EMAIL, password=PASSWORD)
            ticking.cancel()
            assert ticks > 3
            assert await sign_in(pool, email=EMAIL, password=PASSWORD) == user
            assert await sign_in(pool, email=EMAIL, password="wrong") is None
            assert await change_password(pool, user_id=user.user_id, current_password=PASSWORD, new_password="new")
            with pytest.raises(Conflict):
                await sign_up(pool, email=EMAIL, password=PASSWORD)

    asyncio.run(run())


def test_a_refusal_lasts_the_same_whatever_its_reason(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown address, a wrong password, a deactivated account, an old hash: the same answer after the same time."""
    lasts = 0.5
    monkeypatch.setattr(authentication, "FAILURE_TAKES_S", lasts)
    sign_up(pool, email="known@example.org", password=PASSWORD)
    away = sign_up(pool, email="away@example.org", password=PASSWORD)
    accounts.deactivate_user(pool, user_id=away.user_id)
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    accounts.create_user(pool, email="old@example.org", password_hash=old)
    sign_in(pool, email="nobody@example.org", password="x")  # the first refusal also makes the hash of nobody

    medians: list[float] = []
    for email, password in [
        ("nobody@example.org", PASSWORD),
        ("known@example.org", "wrong"),
        ("away@example.org", PASSWORD),
        ("old@example.org", "wrong"),
    ]:
        times: list[float] = []
        for _ in range(3):
            start = time.monotonic()
            assert sign_in(pool, email=email, password=password) is None
            times.append(time.monotonic() - start)
        medians.append(statistics.median(times))
    # A structure, not a speed: every kind of refusal has waited for the same moment.
    assert min(medians) >= lasts


def test_the_work_is_the_same_for_known_and_unknown(monkeypatch: pytest.MonkeyPatch, pool: Pool) -> None:
    """A hash is verified even where there is no account, so the work does not depend on it either."""
    verified: list[str | None] = []

    def verify(password: str, password_hash: str | None) -> Verdict:
        verified.append(password_hash)
        return verify_password(password, password_hash)

    monkeypatch.setattr(authentication, "verify_password", verify)
    assert sign_in(pool, email="nobody@example.org", password=PASSWORD) is None
    assert verified == [None]
