"""The driver's exceptions -> the library's own."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import psycopg
from psycopg.errors import Diagnostic
from psycopg.pq import ConnStatus
from psycopg.pq.abc import PGconn
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from exchange_db.engine.origin import Origin
from exchange_db.errors import (
    Conflict,
    ExchangeError,
    Forbidden,
    InvalidValue,
    MissingReference,
    OutcomeUnknown,
    PoolExhausted,
    Refused,
    Retryable,
    StatementError,
    TimedOut,
    Unavailable,
)
from exchange_db.resources import MIGRATIONS

__all__ = [
    "DRIVER_ERRORS",
    "IDLE_TIMEOUTS",
    "SENTENCE_QUERY",
    "Constraint",
    "constraint_of",
    "is_outdated",
    "looks_outdated",
    "packaged_sentence",
    "tells_of_loss",
    "translate",
]

DRIVER_ERRORS = (psycopg.Error, UnicodeEncodeError)
"""What a call on a connection or pool can raise besides our own; PoolTimeout and its like are psycopg errors too."""

_BY_STATE: dict[str, type[ExchangeError]] = {
    "08007": OutcomeUnknown,  # transaction_resolution_unknown
    "23502": InvalidValue,  # not_null_violation
    "23503": MissingReference,  # foreign_key_violation
    "23001": MissingReference,  # restrict_violation
    "23505": Conflict,  # unique_violation
    "23514": InvalidValue,  # check_violation
    "23P01": Conflict,  # exclusion_violation
    "25006": Forbidden,  # read_only_sql_transaction
    "40001": Retryable,  # serialization_failure
    "40003": OutcomeUnknown,  # statement_completion_unknown
    "40P01": Retryable,  # deadlock_detected
    "42501": Forbidden,  # insufficient_privilege
    "55P03": TimedOut,  # lock_not_available
    "57014": TimedOut,  # query_canceled
    "EX001": Refused,  # exchange.refuse(): a rule that no constraint can hold
}
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""

IDLE_TIMEOUTS = ("25P03", "25P04", "57P05")
"""The server closed a connection on which nothing ran: whatever was open there is rolled back."""

_BY_CLASS: dict[str, type[ExchangeError]] = {
    "08": Unavailable,  # connection exception
    "22": InvalidValue,  # data exception: out of range, bad text, …
    "28": Forbidden,  # invalid authorization
    "40": Retryable,  # transaction rollback
    "53": Unavailable,  # insufficient resources
    "57": Unavailable,  # operator intervention: shutdown, killed backend
    "58": Unavailable,  # system error
}

Constraint = tuple[str, str, str]
"""Schema, table (or domain), and name of a constraint or unique index."""

STILL_REFERRED_TO = "; when it is deleted: "
"""In a foreign key's comment, what parts the sentence for a row that is not there from the one for a row that rows of
the other table still refer to."""

SENTENCE_QUERY = """
select coalesce(obj_description(c.oid, 'pg_constraint'), obj_description(i.oid, 'pg_class'))
from pg_catalog.pg_namespace as n
left join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = $2
left join pg_catalog.pg_type as d on d.typnamespace = n.oid and d.typname = $2 and d.typtype = 'd'
left join pg_catalog.pg_constraint as c on (c.conrelid = t.oid or c.contypid = d.oid) and c.conname = $3
left join pg_catalog.pg_class as i on i.relnamespace = n.oid and i.relname = $3 and i.relkind = 'i'
where n.nspname = $1
"""
"""The comment on a ``Constraint`` of a host's own schema: the sentence that its violation is told with."""


@cache
def packaged_sentences() -> dict[str, str]:
    """The comments on our own schema's constraints and unique indexes, read from the migrations.

    They are known without asking the server, which answers nothing more in a transaction that has failed.
    """
    comment = re.compile(
        r"^comment on (?:constraint (\w+) on (?:domain )?exchange\.\w+|index exchange\.(\w+))\s+is\s+'((?:[^']|'')+)'",
        re.M,
    )
    files = [path for path in sorted(MIGRATIONS.glob("*.sql")) if not path.stem.endswith(".rollback")]
    found = (match for path in files for match in comment.finditer(path.read_text(encoding="utf-8")))
    return {match[1] or match[2]: match[3].replace("''", "'") for match in found}


def tells_of_loss(error: Exception, pgconn: PGconn) -> bool:
    """Whether the error is the connection's end, and not a verdict on the statement.

    The connection's state alone does not say it: a pool may have closed it since, because its time was up.
    """
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is not None:
        return error.diag.severity_nonlocalized in ("FATAL", "PANIC")
    return isinstance(error, psycopg.OperationalError) and pgconn.status != ConnStatus.OK


def is_outdated(error: psycopg.Error) -> bool:
    """Whether the server says that the statement as it was prepared is of no use any more, or not there."""
    if error.sqlstate == "0A000":  # feature_not_supported, which the server says of much else
        return error.diag.source_function == "RevalidateCachedQuery"
    return error.sqlstate in ("26000", "42P05")  # no such prepared statement; another one has its name


def looks_outdated(error: psycopg.Error) -> bool:
    """Whether a statement that has run before may fail like this because of what it was prepared for: with a value, a
    name, a type, or (an internal error) a type that has gone."""
    state = error.sqlstate or ""
    return state[:2] in ("22", "42") or state == "XX000"


def constraint_of(error: psycopg.Error) -> Constraint | None:
    """The constraint that the server names in its refusal."""
    diag = error.diag
    owner = diag.table_name or diag.datatype_name
    if diag.schema_name and owner and diag.constraint_name:
        return diag.schema_name, owner, diag.constraint_name
    return None


def packaged_sentence(constraint: Constraint) -> str | None:
    """The sentence of a constraint of our own schema."""
    schema, _, name = constraint
    return packaged_sentences().get(name) if schema == "exchange" else None


_OUTDATED = "tables or prepared statements have changed since this connection first ran the statement"


def translate(
    error: psycopg.Error | UnicodeEncodeError,
    origin: Origin,
    *,
    line: int | None = None,
    sentence: str | None = None,
    named: Mapping[str, type[ExchangeError]] = MappingProxyType({}),
) -> ExchangeError:
    """The library's exception for what the driver raised while the connection lived, or before there was one.

    ``sentence`` is the constraint's own, where it is known; ``named`` are the errors that the function has declared for
    constraints.
    """
    if isinstance(error, PoolTimeout | TooManyRequests):
        return origin.error(PoolExhausted, f"no free connection: {error}")
    if isinstance(error, PoolClosed):
        return _advised(origin.error(Unavailable, str(error)), "closed pool")
    if isinstance(error, UnicodeEncodeError):
        return origin.error(InvalidValue, f"a text cannot be encoded as {error.encoding}: {error.reason}")
    state = error.sqlstate
    if state is None:
        return origin.error(_without_state(error), str(error).strip())
    if is_outdated(error):
        return origin.error(Retryable, f"{error.diag.message_primary}; {_OUTDATED}", line=line, sqlstate=state)
    kind = _BY_STATE.get(state) or _BY_CLASS.get(state[:2]) or StatementError
    diag = error.diag
    constraint = constraint_of(error)
    declared = named.get(diag.constraint_name or "")
    known = sentence or (constraint and packaged_sentence(constraint)) or _first_line(declared)
    primary = _right_half(known, diag) if known else diag.message_primary or str(error)
    if state == "23502" and diag.column_name:
        primary = f"{diag.table_name}.{diag.column_name} is required"
    told = origin.error(declared or kind, primary, line=line, constraint=diag.constraint_name, sqlstate=state)
    return _advised(told, state)


def _first_line(declared: type[ExchangeError] | None) -> str | None:
    """The docstring's, which serves where the constraint has no comment."""
    lines = ((declared and declared.__doc__) or "").strip().splitlines()
    return lines[0] if lines else None


_NOT_MIGRATED = (
    "migrate the database (`exchange-db migrate`, for the library's own tables), or check the SQL at that line"
)
_ADVICE = {
    "42P01": _NOT_MIGRATED,  # undefined_table
    "3F000": _NOT_MIGRATED,  # invalid_schema_name
    "25P02": "end the transaction; to go on after a call that failed, give it a `with transaction(conn)` of its own",
    "closed pool": "nothing was changed; keep the pool open (its `with` block) for as long as it is used",
}
"""Better advice than that for every error of the class."""


def _advised(error: ExchangeError, key: str) -> ExchangeError:
    error.advice = _ADVICE.get(key, error.advice)
    return error


def _right_half(sentence: str, diag: Diagnostic) -> str:
    """Of a foreign key's sentence, the half for the row that was written or the one that was to be deleted.

    Only the server's detail tells them apart: it names the table referred to (… is not present in table "products") or
    the one that refers (… is still referenced from table "sales"), in every language of the server behind the values.
    """
    missing, _, referred_to = sentence.partition(STILL_REFERRED_TO)
    reason = (diag.message_detail or "").rpartition(")")[2]
    refers = referred_to and re.search(rf"\b{re.escape(diag.table_name or '')}\b", reason)
    return referred_to if refers else missing


def _without_state(error: psycopg.Error) -> type[ExchangeError]:
    """The kind of an error that psycopg itself found."""
    if isinstance(error, psycopg.DataError):
        return InvalidValue  # a parameter that cannot be sent, such as a text with a NUL byte
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable
    return StatementError
