"""A function's own errors for the constraints that its statement can violate, and what to do about other failures."""

# A declaration's body is its docstring:
# mypy: disable-error-code="empty-body"

import asyncio
import pickle
import traceback
from collections.abc import Generator
from copy import copy
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import Connection

from exchange_db import accounts, messaging, pipeline, sales
from exchange_db.engine import Query
from exchange_db.errors import (
    Conflict,
    DeclarationError,
    ExchangeError,
    InvalidValue,
    MissingReference,
    NotFound,
    StatementError,
    Unavailable,
)
from exchange_db.pool import open_pool, transaction
from exchange_db.types import ConversationId, RowCount
from tests.database.hosts import KINDS, host_connection, host_transaction, opened, settled
from tests.folders import folder

Conn = Connection[Any]

TABLES = """
create table owners (
  id int constraint owners_pkey primary key,
  email text constraint owners_email_key unique,
  age int constraint owners_age_check check (age > 17),
  stay int4range,
  constraint owners_stay_excl exclude using gist (stay with &&)
);
create table dogs (owner_id int constraint dogs_owner_id_fkey references owners deferrable initially deferred);
comment on constraint owners_age_check on owners is 'too young';
"""


class EmailTaken(Conflict):
    """This e-mail address is already in use.

    The rest is for who reads the code.
    """


class TooYoung(InvalidValue):
    """Not the sentence: the constraint has its own."""


class NotFree(Conflict): ...


class NoOwner(MissingReference):
    """There is no such owner."""


class Functions:
    """A folder of a host's own."""

    def __init__(self, parent: Path) -> None:
        query = folder(
            parent,
            add_owner="insert into owners (id, email, age, stay) values (:id, :email, :age, :stay::text::int4range);",
            add_dog="insert into dogs (owner_id) values (:owner_id);",
        )

        @query.raises(owners_email_key=EmailTaken, owners_age_check=TooYoung, owners_stay_excl=NotFree)
        def add_owner(
            *,
            id: int,  # noqa: A002
            email: str | None = None,
            age: int | None = None,
            stay: str | None = None,
        ) -> RowCount: ...
        @query.raises(dogs_owner_id_fkey=NoOwner)
        def add_dog(*, owner_id: int) -> RowCount: ...

        query.complete()
        self.add_owner, self.add_dog = add_owner, add_dog


@pytest.fixture
def host(tmp_path: Path) -> Functions:
    return Functions(tmp_path)


@pytest.fixture
def url(database_url: str) -> str:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(TABLES)
        conn.execute("insert into owners values (1, 'a@b', 20, '[1,5)')")
    return database_url


@pytest.fixture
def conn(url: str) -> Generator[Conn]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


class Violation(NamedTuple):
    arguments: dict[str, Any]
    error: type[ExchangeError]
    constraint: str
    sentence: str

    def __str__(self) -> str:
        return self.constraint


VIOLATIONS = [
    Violation({"id": 2, "email": "a@b"}, EmailTaken, "owners_email_key", "This e-mail address is already in use."),
    Violation({"id": 2, "age": 3}, TooYoung, "owners_age_check", "too young"),
    Violation({"id": 2, "stay": "[4,9)"}, NotFree, "owners_stay_excl", "conflicting key value violates exclusion"),
    Violation({"id": 1}, Conflict, "owners_pkey", "duplicate key value violates unique constraint"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("violation", VIOLATIONS, ids=str)
def test_a_violation_raises_what_is_declared(url: str, host: Functions, kind: str, violation: Violation) -> None:
    """The declared class, and of a constraint without one the engine's own; with the constraint's comment, or else the
    first line of the docstring, or else the server's words; alone, in a transaction and in a pipeline."""

    arguments, error, constraint, sentence = violation

    async def scenario() -> None:
        async with opened(url, kind, autocommit=True) as db:
            bound = host.add_owner.bind(**arguments)
            with pytest.raises(ExchangeError) as alone:
                await settled(host.add_owner(db, **arguments))
            with pytest.raises(ExchangeError) as piped:
                await settled(pipeline(db, host.add_owner.bind(id=9), bound))
            async with host_connection(db) as conn:
                with pytest.raises(ExchangeError) as within:
                    async with host_transaction(conn):
                        await settled(host.add_owner(conn, **arguments))
            for raised in (alone, piped, within):
                assert type(raised.value) is error
                assert (raised.value.query, raised.value.constraint) == ("host.add_owner", constraint)
            for raised in (alone, piped):  # a transaction that has failed cannot be asked for the comment
                assert raised.value.sentence.startswith(sentence)
            assert (alone.value.index, piped.value.index) == (None, 1)

    asyncio.run(scenario())


def test_it_is_an_error_like_any_other(conn: Conn, host: Functions) -> None:
    """The class of its kind catches it; it ends in the .sql file; it can be copied and pickled; the cause is there."""
    with pytest.raises(Conflict) as raised:
        host.add_owner(conn, id=2, email="a@b")
    error = raised.value
    assert isinstance(error.__cause__, psycopg.errors.UniqueViolation)
    assert traceback.extract_tb(error.__traceback__)[-1].filename == str(host.add_owner.path)
    for again in (copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301  our own bytes
        assert (type(again), vars(again), str(again)) == (EmailTaken, vars(error), str(error))


def test_a_deferred_constraint(url: str, conn: Conn, host: Functions) -> None:
    """Of a call and of a pipeline it is told as declared; at the COMMIT of a transaction as the engine's own error,
    since that is of no function."""
    with open_pool(url) as pool:
        for _ in range(2):
            with pytest.raises(NoOwner, match="There is no such owner"):
                host.add_dog(pool, owner_id=99)
            with pytest.raises(NoOwner) as raised:
                pipeline(pool, host.add_owner.bind(id=3), host.add_dog.bind(owner_id=99))
            assert (raised.value.query, raised.value.index) == ("pipeline", None)
    with pytest.raises(MissingReference) as plain, transaction(conn) as same:
        host.add_dog(same, owner_id=99)
    assert (type(plain.value), plain.value.query) == (MissingReference, "transaction")


def test_a_declaration_shows_its_errors(host: Functions) -> None:
    """Who checks a function against the schema reads which constraints it names."""
    assert host.add_dog.declaration.errors == {"dogs_owner_id_fkey": NoOwner}
    assert accounts.get_user.declaration.errors == {}
    assert isinstance(host.add_dog, Query)


def test_errors_that_cannot_be(tmp_path: Path) -> None:
    """A class that is not of a constraint's kind is a fault at import, together with all others."""
    query = folder(tmp_path, one="select 1;")
    wrong: Any = "EmailTaken"

    @query.raises(a_key=ExchangeError, b_key=NotFound, c_key=EmailTaken, d_key=wrong)
    def one(*, n: int) -> int: ...

    with pytest.raises(DeclarationError) as faults:
        query.complete()
    assert [fault.problem for fault in faults.value.faults] == [
        "one: parameter 'n' is not used by one.sql",
        "one: ExchangeError cannot be the error of a_key",
        "one: NotFound cannot be the error of b_key",
        "one: EmailTaken cannot be the error of d_key",
    ]
    assert "derive it from" in str(faults.value)


def test_our_own_named_errors(conn: Conn) -> None:
    """Those that a host wants to tell apart, which are still what they were."""
    ada = accounts.create_user(conn, email="ada@example.org", username="ada", password_hash="x")
    for kind, email in ((accounts.EmailTaken, "ADA@example.org"), (accounts.UsernameTaken, "b@example.org")):
        with pytest.raises(kind) as raised:
            accounts.create_user(conn, email=email, username="ADA" if email[0] == "b" else None, password_hash="x")
        assert isinstance(raised.value, Conflict)
        assert raised.value.sentence.endswith("is already taken")
    assert issubclass(sales.NotEnoughStock, InvalidValue)
    assert issubclass(sales.SkuTaken, Conflict)
    with pytest.raises(messaging.NotAParticipant) as missing:
        messaging.send_message(conn, conversation_id=ConversationId(1), sender_id=ada.user_id, body="x")
    assert isinstance(missing.value, MissingReference)


# --- advice --------------------------------------------------------------------------------------------------


def test_a_database_without_our_tables(empty_database_url: str) -> None:
    """Whoever forgot to migrate reads what to do."""
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        with pytest.raises(StatementError, match="`exchange-db migrate`"):
            accounts.count_users(conn)
        conn.execute("create schema exchange")
        with pytest.raises(StatementError, match="`exchange-db migrate`"):
            accounts.count_users(conn)


def test_a_transaction_that_has_failed(conn: Conn, host: Functions) -> None:
    """Whoever goes on after an error reads of savepoints."""
    with conn.transaction(force_rollback=True):
        with pytest.raises(EmailTaken):
            host.add_owner(conn, id=2, email="a@b")
        with pytest.raises(StatementError, match=r"with transaction\(conn\)") as raised:
            host.add_owner(conn, id=3)
        assert raised.value.sqlstate == "25P02"


def test_a_closed_pool(url: str, host: Functions) -> None:
    """Whoever leaves the pool's block too early reads that."""
    with open_pool(url) as pool:
        pass
    with pytest.raises(Unavailable, match="keep the pool open"):
        host.add_owner(pool, id=3)
    with pytest.raises(Unavailable, match="keep the pool open"):
        pipeline(pool, host.add_owner.bind(id=3))
