"""Accounts: who may sign in. Passwords never come here, only their hashes: see ``exchange_db.authentication``."""

from datetime import datetime

from pydantic import Field

from exchange_db.engine import sql_folder
from exchange_db.errors import Conflict
from exchange_db.resources import QUERIES
from exchange_db.types import UNSET, Page, Record, RowCount, Unset, UserId

__all__ = [
    "Credentials",
    "EmailTaken",
    "User",
    "UsernameTaken",
    "count_users",
    "create_first_superuser",
    "create_user",
    "deactivate_user",
    "delete_user",
    "find_credentials",
    "find_user_by_email",
    "find_user_by_username",
    "get_user",
    "list_users",
    "reactivate_user",
    "set_password_hash",
    "update_user",
]

query = sql_folder(QUERIES / "accounts")


class User(Record):
    """An account, without its password hash."""

    user_id: UserId
    email: str
    """As typed; unique without regard to case."""
    username: str | None
    """As typed; unique without regard to case."""
    full_name: str | None
    is_active: bool
    """Whether the account may sign in."""
    is_superuser: bool
    created_at: datetime
    updated_at: datetime
    """Moves by itself on every change."""


class Credentials(Record):
    """What signing in needs. Not to be shown or kept."""

    user_id: UserId
    password_hash: str = Field(repr=False)
    is_active: bool


class EmailTaken(Conflict):
    """Another account has this e-mail address, without regard to case."""


class UsernameTaken(Conflict):
    """Another account has this username, without regard to case."""


@query.raises(users_email_key=EmailTaken, users_username_key=UsernameTaken)
def create_user(
    *,
    email: str,
    password_hash: str,
    username: str | None = None,
    full_name: str | None = None,
    is_superuser: bool = False,
) -> User:
    """The new account; its owner signs up with a password through ``authentication.sign_up``.

    Raises ``EmailTaken``, ``UsernameTaken``, or ``InvalidValue`` when one of them is not acceptable.
    """
    ...


@query.raises(users_email_key=EmailTaken, users_username_key=UsernameTaken)
def create_first_superuser(
    *, email: str, password_hash: str, username: str | None = None, full_name: str | None = None
) -> User | None:
    """The first superuser, or ``None`` when there is one already: of many callers at once exactly one creates it.

    Raises ``EmailTaken`` or ``UsernameTaken`` when another account has it.
    """
    ...


@query
def get_user(*, user_id: UserId) -> User:
    """The account with this id, or ``NotFound``."""
    ...


@query
def find_user_by_email(*, email: str) -> User | None:
    """The account with this e-mail address, without regard to case."""
    ...


@query
def find_user_by_username(*, username: str) -> User | None:
    """The account with this username, without regard to case."""
    ...


@query
def find_credentials(*, email: str) -> Credentials | None:
    """The password hash and the state of an account, active or not, by its e-mail address without regard to case."""
    ...


@query
def list_users(*, is_active: bool | None = None, limit: int = 50, cursor: str | None = None) -> Page[User]:
    """Accounts newest first, page by page; all, or only the active or the deactivated ones.

    Raises ``InvalidCursor`` for a cursor that is none of this list.
    """
    ...


@query
def count_users(*, is_active: bool | None = None) -> int:
    """How many accounts there are; all, or only the active or the deactivated ones."""
    ...


@query.raises(users_email_key=EmailTaken, users_username_key=UsernameTaken)
def update_user(
    *,
    user_id: UserId,
    email: str | Unset = UNSET,
    username: str | Unset | None = UNSET,
    full_name: str | Unset | None = UNSET,
) -> User:
    """The account with what is given of e-mail address, username and full name, or ``NotFound``.

    Raises ``EmailTaken``, ``UsernameTaken``, or ``InvalidValue`` when one of them is not acceptable.
    """
    ...


@query
def set_password_hash(*, user_id: UserId, current_hash: str, new_hash: str) -> RowCount:
    """Replace the hash ``current_hash``; 1, or 0 when the account has another one by now, or does not exist."""
    ...


@query
def deactivate_user(*, user_id: UserId) -> User:
    """The account, which can no longer sign in, or ``NotFound``.

    Nothing of the user's is deleted. Until ``reactivate_user``, they are missing where others find people: in
    discovery, in likes received and matches, as a public profile, and among teachers and partners. What names them
    otherwise (conversations, ratings, playgrounds) still does, and one can still write to them.
    """
    ...


@query
def reactivate_user(*, user_id: UserId) -> User:
    """The account, which can sign in again, or ``NotFound``."""
    ...


@query
def delete_user(*, user_id: UserId) -> User:
    """The account as it was, or ``NotFound``; everything of the user's is deleted with it."""
    ...


query.complete()
