"""Errors: what they carry, how they read, where their traceback points."""

import asyncio
import pickle
import traceback
from copy import copy, deepcopy
from pathlib import Path

import psycopg
import pytest
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from exchange_db import errors
from exchange_db.engine.failures import translate
from exchange_db.engine.faults import Fault
from exchange_db.engine.origin import Origin
from exchange_db.errors import (
    Conflict,
    DeclarationError,
    ExchangeError,
    InvalidValue,
    PoolExhausted,
    StatementError,
    TimedOut,
    Unavailable,
)

KINDS = [getattr(errors, name) for name in errors.__all__]


def test_every_error_has_the_one_root() -> None:
    """``except ExchangeError`` catches all; what was refused for want of a connection is ``Unavailable``."""
    assert all(issubclass(kind, ExchangeError) for kind in KINDS)
    assert issubclass(PoolExhausted, Unavailable)
    assert issubclass(TimedOut, Unavailable)


def test_the_message_has_sentence_place_and_advice() -> None:
    """A message reads: who failed and why; constraint, code and file; what to do."""
    error = StatementError(
        "column does not exist", query="a.b", path=Path("sql/b.sql"), line=4, constraint="c_key", sqlstate="42703"
    )
    assert str(error).splitlines() == [
        "a.b: column does not exist",
        "  at: constraint c_key, SQLSTATE 42703, sql/b.sql:4",
        "  do: check the SQL at that line, and that the database has the schema it was written for",
    ]
    assert str(Conflict("e-mail is already taken")) == "e-mail is already taken"


@pytest.mark.parametrize("kind", KINDS)
def test_errors_pickle_and_copy(kind: type[ExchangeError]) -> None:
    """An error crosses processes with everything it carries."""
    error = (
        DeclarationError("no", [Fault(Path("x"), 1, "p")])
        if kind is DeclarationError
        else kind("no", query="a.b", path=Path("b.sql"), line=2, constraint="c", sqlstate="23505")
    )
    for again in (copy(error), deepcopy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301  our own bytes
        assert type(again) is kind
        assert vars(again) == vars(error)
        assert str(again) == str(error)


def test_a_traceback_ends_in_the_sql_file(tmp_path: Path) -> None:
    """Python shows the line of the file that the error names."""
    path = tmp_path / "find.sql"
    path.write_text("-- Dogs.\nselect\n  nonsense;\n")
    with pytest.raises(StatementError) as raised:
        raise Origin("dogs.find", path, 2).error(StatementError, "no", line=3)
    last = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.name, last.line) == (str(path), 3, "dogs.find", "nonsense;")
    assert raised.value.line == 3


def test_an_error_without_a_file_has_an_ordinary_traceback() -> None:
    """``open_pool`` has no SQL file to point at."""
    assert Origin("open_pool").error(Unavailable, "no").__traceback__ is None


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (PoolTimeout("waited 3 s"), PoolExhausted, "no free connection: waited 3 s"),
        (TooManyRequests("queue is full"), PoolExhausted, "no free connection: queue is full"),
        (PoolClosed("the pool is closed"), Unavailable, "the pool is closed"),
        (psycopg.DataError("a NUL byte"), InvalidValue, "a NUL byte"),
        (psycopg.OperationalError("no route"), Unavailable, "no route"),
        (psycopg.NotSupportedError("not here"), StatementError, "not here"),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), InvalidValue, "a text cannot be encoded as utf-8"),
    ],
)
def test_what_the_driver_found_itself(
    error: psycopg.Error | UnicodeEncodeError, kind: type[ExchangeError], sentence: str
) -> None:
    """Errors without the server's code are told apart by their class."""
    told = translate(error, Origin("a.b"))
    assert type(told) is kind
    assert told.sentence.startswith(sentence)
    assert told.sqlstate is None


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("23502", errors.InvalidValue),
        ("23503", errors.MissingReference),
        ("23505", errors.Conflict),
        ("23514", errors.InvalidValue),
        ("23P01", errors.Conflict),
        ("22003", errors.InvalidValue),
        ("22P05", errors.InvalidValue),
        ("25006", errors.Forbidden),
        ("42501", errors.Forbidden),
        ("28000", errors.Forbidden),
        ("40001", errors.Retryable),
        ("40P01", errors.Retryable),
        ("40002", errors.Retryable),
        ("55P03", errors.TimedOut),
        ("57014", errors.TimedOut),
        ("57P01", errors.Unavailable),
        ("53300", errors.Unavailable),
        ("08006", errors.Unavailable),
        ("58030", errors.Unavailable),
        ("42601", errors.StatementError),
        ("42P01", errors.StatementError),
        ("P0001", errors.StatementError),
        ("XX000", errors.StatementError),
    ],
)
def test_the_servers_codes(state: str, kind: type[ExchangeError]) -> None:
    """Each code has its kind, by itself or by its class."""
    error = psycopg.DatabaseError("no")
    error.sqlstate = state
    told = translate(error, Origin("a.b"))
    assert (type(told), told.sqlstate) == (kind, state)


def test_cancellation_is_no_error_of_ours() -> None:
    """``except ExchangeError`` never swallows a cancelled task."""
    assert not issubclass(asyncio.CancelledError, ExchangeError)
