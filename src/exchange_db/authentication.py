"""Signing up, signing in, changing a password: the accounts queries with the hashing between them.

The hashing happens outside any query, so a pooled connection is not held meanwhile. Each function takes a
connection or a pool, and is awaited with an async one.
"""

import time

from exchange_db import accounts
from exchange_db.accounts import User
from exchange_db.errors import InvalidValue
from exchange_db.operations import Operation, Steps, ask, pause, work
from exchange_db.passwords import hash_password, verify_password
from exchange_db.types import UserId

__all__ = ["FAILURE_TAKES_S", "change_password", "sign_in", "sign_up", "sign_up_first_superuser"]

FAILURE_TAKES_S = 0.75
"""Seconds from the start of a sign-in until a refusal is told: longer than any kind of hash takes to verify on a
machine of today, so that the time tells neither whether there is an account nor how old its hash is."""


def _sign_up(*, email: str, password: str, username: str | None = None, full_name: str | None = None) -> Steps[User]:
    """Create an account. Raises ``accounts.EmailTaken`` or ``accounts.UsernameTaken``."""
    password_hash = yield from work(_new_hash, password)
    return (
        yield from ask(
            accounts.create_user, email=email, password_hash=password_hash, username=username, full_name=full_name
        )
    )


def _sign_up_first_superuser(
    *, email: str, password: str, username: str | None = None, full_name: str | None = None
) -> Steps[User | None]:
    """Create the first superuser; ``None`` where there is a superuser already, however many callers race."""
    password_hash = yield from work(_new_hash, password)
    return (
        yield from ask(
            accounts.create_first_superuser,
            email=email,
            password_hash=password_hash,
            username=username,
            full_name=full_name,
        )
    )


def _sign_in(*, email: str, password: str) -> Steps[User | None]:
    """The user, or ``None``: for an unknown address, a wrong password and a deactivated account alike.

    A refusal takes ``FAILURE_TAKES_S`` seconds whatever its reason. A success stores a renewed hash where the
    old one's algorithm or parameters are out of date.
    """
    started = time.monotonic()
    found = yield from ask(accounts.find_credentials, email=email)
    verdict = yield from work(verify_password, password, found.password_hash if found else None)
    if found is None or not verdict.matches or not found.is_active:
        yield from pause(max(0.0, started + FAILURE_TAKES_S - time.monotonic()))
        return None
    if verdict.renewed_hash:
        yield from ask(
            accounts.set_password_hash,
            user_id=found.user_id,
            current_hash=found.password_hash,
            new_hash=verdict.renewed_hash,
        )
    return (yield from ask(accounts.get_user, user_id=found.user_id))


def _change_password(*, user_id: UserId, current_password: str, new_password: str) -> Steps[bool]:
    """Whether the password was changed: not where the current one is wrong, or another caller was faster.

    Raises ``NotFound`` for an unknown user.
    """
    user = yield from ask(accounts.get_user, user_id=user_id)
    found = yield from ask(accounts.find_credentials, email=user.email)
    verdict = yield from work(verify_password, current_password, found.password_hash if found else None)
    if found is None or found.user_id != user_id or not verdict.matches:
        return False
    new_hash = yield from work(_new_hash, new_password)
    changed = yield from ask(
        accounts.set_password_hash, user_id=user_id, current_hash=found.password_hash, new_hash=new_hash
    )
    return changed == 1


def _new_hash(password: str) -> str:
    if not password:
        raise InvalidValue("a password must not be empty")
    return hash_password(password)


sign_up = Operation(_sign_up)
sign_up_first_superuser = Operation(_sign_up_first_superuser)
sign_in = Operation(_sign_in)
change_password = Operation(_change_password)
