"""Calls of the functions of accounts: one that works, and each error that they can raise."""

from typing import Any

from exchange_db import accounts
from exchange_db.errors import InvalidCursor, InvalidValue, NotFound
from exchange_db.types import UserId
from tests.contract.calls.table import Call, World


def prepare(world: World) -> dict[str, Any]:
    """Two accounts, one of them deactivated, and no superuser."""
    ada = accounts.create_user(
        world.conn, email="ada@example.org", password_hash="hash of ada", username="ada", full_name="Ada"
    )
    bob = accounts.create_user(world.conn, email="bob@example.org", password_hash="hash of bob", username="bob")
    accounts.deactivate_user(world.conn, user_id=bob.user_id)
    return {"ada": ada.user_id, "bob": bob.user_id, "nobody": UserId(2**63 - 1)}


CALLS: dict[str, Call] = {
    "create_user": Call(
        works=lambda it: dict(email="new@example.org", password_hash="hash", username="new", full_name="New"),
        errors={
            accounts.EmailTaken: [lambda it: dict(email="ADA@example.org", password_hash="hash")],
            accounts.UsernameTaken: [lambda it: dict(email="new@example.org", password_hash="hash", username="ADA")],
            InvalidValue: [
                lambda it: dict(email="nowhere", password_hash="hash"),
                lambda it: dict(email="x" * 255 + "@example.org", password_hash="hash"),
                lambda it: dict(email="new@example.org", password_hash=" "),
                lambda it: dict(email="new@example.org", password_hash="hash", username="x" * 51),
                lambda it: dict(email="new@example.org", password_hash="hash", username=""),
                lambda it: dict(email="new@example.org", password_hash="hash", full_name="x" * 256),
            ],
        },
    ),
    "create_first_superuser": Call(
        works=lambda it: dict(email="root@example.org", password_hash="hash"),
        errors={
            accounts.EmailTaken: [lambda it: dict(email="Ada@Example.org", password_hash="hash")],
            accounts.UsernameTaken: [lambda it: dict(email="root@example.org", password_hash="hash", username="Bob")],
            InvalidValue: [
                lambda it: dict(email="@", password_hash="hash"),
                lambda it: dict(email="root@example.org", password_hash=""),
                lambda it: dict(email="root@example.org", password_hash="hash", username="\u200b"),
            ],
        },
    ),
    "get_user": Call(
        works=lambda it: dict(user_id=it["ada"]),
        errors={NotFound: [lambda it: dict(user_id=it["nobody"])]},
    ),
    "find_user_by_email": Call(works=lambda it: dict(email="Ada@Example.ORG")),
    "find_user_by_username": Call(works=lambda it: dict(username="ADA")),
    "find_credentials": Call(works=lambda it: dict(email="BOB@example.org")),
    "list_users": Call(
        works=lambda it: dict(is_active=True, limit=1),
        errors={InvalidValue: [lambda it: dict(limit=0)], InvalidCursor: [lambda it: dict(cursor="x")]},
    ),
    "count_users": Call(works=lambda it: dict(is_active=False)),
    "update_user": Call(
        works=lambda it: dict(user_id=it["bob"], email="bob@example.net", username=None, full_name="Bob"),
        errors={
            NotFound: [lambda it: dict(user_id=it["nobody"], email="new@example.org", username=None, full_name=None)],
            accounts.EmailTaken: [
                lambda it: dict(user_id=it["bob"], email="ADA@example.org", username=None, full_name=None)
            ],
            accounts.UsernameTaken: [
                lambda it: dict(user_id=it["bob"], email="bob@example.org", username="Ada", full_name=None)
            ],
            InvalidValue: [
                lambda it: dict(user_id=it["bob"], email="bob at example.org", username=None, full_name=None),
                lambda it: dict(user_id=it["bob"], email="bob@example.org", username="\t", full_name=None),
                lambda it: dict(user_id=it["bob"], email="bob@example.org", username=None, full_name="x" * 256),
            ],
        },
    ),
    "set_password_hash": Call(
        works=lambda it: dict(user_id=it["ada"], current_hash="hash of ada", new_hash="another hash"),
        errors={
            InvalidValue: [
                lambda it: dict(user_id=it["ada"], current_hash="hash of ada", new_hash=""),
                lambda it: dict(user_id=it["ada"], current_hash="hash of ada", new_hash="x" * 256),
            ]
        },
    ),
    "deactivate_user": Call(
        works=lambda it: dict(user_id=it["ada"]),
        errors={NotFound: [lambda it: dict(user_id=it["nobody"])]},
    ),
    "reactivate_user": Call(
        works=lambda it: dict(user_id=it["bob"]),
        errors={NotFound: [lambda it: dict(user_id=it["nobody"])]},
    ),
    "delete_user": Call(
        works=lambda it: dict(user_id=it["ada"]),
        errors={NotFound: [lambda it: dict(user_id=it["nobody"])]},
    ),
}
