"""One call of one function: what it sends and what the answers mean. It does no I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus

from exchange_db.engine.connections import AnyConnection, memory_of
from exchange_db.engine.cursors import OurAsyncCursor, OurCursor
from exchange_db.engine.declaration import Cardinality
from exchange_db.engine.decoding import Decoder, Plan, Row
from exchange_db.engine.dynamic import GIVEN
from exchange_db.engine.failures import (
    IDLE_TIMEOUTS,
    Constraint,
    constraint_of,
    is_outdated,
    looks_outdated,
    packaged_sentence,
    tells_of_loss,
    translate,
)
from exchange_db.engine.liveness import has_died
from exchange_db.engine.origin import Origin
from exchange_db.engine.sqlfile import Statement
from exchange_db.errors import (
    ExchangeError,
    NotFound,
    OutcomeUnknown,
    RecordMismatch,
    TooManyRows,
    Unavailable,
)

__all__ = ["AnyConnection", "Call", "Taken"]

T = TypeVar("T")

_sentences: dict[tuple[Any, ...], str] = {}
"""Sentences of hosts' own constraints, by server, database, schema, table and name."""


@dataclass
class Call(Generic[T]):
    """One call of one function. It knows what to send and what the answers mean, and does no I/O."""

    origin: Origin
    file: Statement
    cardinality: Cardinality
    decoder: Decoder[T]
    arguments: list[Any]
    timeout: float | None = None
    """Seconds that the statement may run; ``None``: what the connection allows."""
    errors: Mapping[str, type[ExchangeError]] = field(default_factory=dict[str, type[ExchangeError]])
    """The declared errors, by the names of constraints."""

    prefix: int = field(default=0, init=False)
    """Characters that travel in front of the statement: a stream's ``DECLARE … CURSOR FOR``."""
    _commits: bool = field(default=False, init=False)
    """Whether the server commits the statement by itself, so that a lost answer leaves the outcome unknown."""
    _is_ours: bool = field(default=False, init=False)
    _began_idle: bool = field(default=False, init=False)
    """Whether the call is the first statement of its transaction, or all of it."""
    _is_prepared: bool = field(default=True, init=False)
    """Whether a connection that prepares at the first execution has done so."""
    sentence: str | None = field(default=None, init=False)

    def begin(self, conn: AnyConnection, *, is_ours: bool) -> None:
        """Look at the connection before anything is sent; ``is_ours``: this call has taken it from a pool."""
        status = conn.pgconn.transaction_status
        idle = status == TransactionStatus.IDLE
        # ACTIVE is a pipeline of the caller's, at whose end the server commits.
        self._commits = conn.autocommit and (idle or status == TransactionStatus.ACTIVE)
        self._is_ours = is_ours
        self._began_idle = idle
        if not idle:  # the transaction may end in a rollback, at which psycopg forgets what it has prepared
            memory_of(conn).prepared.clear()
        if idle and self._commits and not self.file.is_read_only and has_died(conn):
            # Found before the statement is sent, the loss is a clean failure and not an unknown outcome.
            raise self.origin.error(Unavailable, "the server had closed the connection")

    def statement(self, conn: AnyConnection) -> bytes:
        """The statement in the connection's encoding."""
        text = self.file.text
        if text.isascii() or (encoding := conn.info.encoding) == "utf-8":
            return text
        return text.decode().encode(encoding)

    def is_pipelined(self, conn: AnyConnection) -> bool:
        """Whether to execute in pipeline mode, as when this execution will also prepare the statement.

        psycopg would wait for the server's answer to the preparation and then execute: two round trips. In
        pipeline mode both travel at once. Only where the first execution prepares (``prepare_threshold`` 0, as
        on our pools) is it known without psycopg's private book-keeping that this is the one. And only on a
        connection that nobody else has: others who share one would find themselves in the pipeline.
        """
        if conn.pgconn.pipeline_status != PipelineStatus.OFF:
            return True  # the caller's own pipeline: a nested one brings the answer now
        if conn.prepare_threshold != 0 or not self._commits or not self._is_ours:
            return False
        return self.file.text not in memory_of(conn).prepared

    def may_be_stale(self, error: psycopg.Error, conn: AnyConnection) -> bool:
        """Whether the statement failed only because tables or types have changed since it was prepared on ``conn``, and
        can be run again: it has changed nothing, and nothing of the caller's was before it in the transaction.

        What PostgreSQL does not find out by itself shows as any error of names, types or values: a parameter that was
        an ``int`` when the statement was prepared is refused for the value that its ``bigint`` column takes by now.
        """
        if not self._began_idle:
            return False
        return is_outdated(error) or (looks_outdated(error) and self.file.text in memory_of(conn).prepared)

    def forget(self, conn: AnyConnection) -> None:
        """Nothing is prepared on ``conn`` any more, not even this statement."""
        memory_of(conn).prepared.clear()
        self._is_prepared = False

    def took(self, conn: AnyConnection, cursor: OurCursor | OurAsyncCursor, rows: list[Row]) -> "Taken[T]":
        """What the server answered, before records are made of it."""
        if self._commits and self._is_prepared and conn.prepare_threshold == 0:
            cursor.memory.prepared.add(self.file.text)
        self._commits = True  # from here on only a COMMIT can be in flight
        wanted = self.cardinality not in (Cardinality.NOTHING, Cardinality.ROW_COUNT)
        return Taken(rows, cursor.rowcount, self.decoder.plan(cursor.pgresult, cursor.encoding) if wanted else None)

    def ends(self) -> None:
        """A stream's own transaction has nothing but its COMMIT before it."""
        self._commits = True

    @property
    def may_be_committed(self) -> bool:
        """Whether it changes something that the server commits by itself, with no answer that says so."""
        return self._commits and not self.file.is_read_only

    def unreadable(self, error: psycopg.Error, conn: AnyConnection) -> ExchangeError:
        """Our error for rows that cannot be read: for a value that the server holds and Python cannot (an infinite
        date, the year 20000), or for the server's own failure halfway through a stream."""
        if isinstance(error, psycopg.DataError) and error.sqlstate is None:
            return self.origin.error(RecordMismatch, str(error))
        return self.failure(error, conn)

    def result(self, taken: "Taken[T]") -> Any:
        """The rows in the declared shape. Raises ``NotFound``, ``TooManyRows``, ``RecordMismatch``."""
        if taken.plan is None:
            return taken.rowcount if self.cardinality is Cardinality.ROW_COUNT else None
        if self.cardinality is Cardinality.MANY:
            return taken.plan.rows(taken.rows)
        if len(taken.rows) > 1:
            problem = f"{len(taken.rows)} rows came back, where at most one is declared"
            raise self.origin.error(TooManyRows, problem)
        if not taken.rows:
            if self.cardinality is Cardinality.OPTIONAL:
                return None
            given = ", ".join(self._given())
            raise self.origin.error(NotFound, f"no row for the given {given}" if given else "no row")
        return taken.plan.rows(taken.rows)[0]

    def _given(self) -> list[str]:
        """The parameters that the caller gave, without those by which the statement asks for it (``bio_given``)."""
        sent = dict(zip(self.file.parameters, self.arguments, strict=True))
        asked = {f"{name}{GIVEN}" for name in sent} & sent.keys()
        return [name for name in sent if name not in asked and sent.get(f"{name}{GIVEN}") != "f"]

    def asks_for(self, error: psycopg.Error, conn: AnyConnection) -> Constraint | None:
        """The constraint whose sentence only the server knows, where it can still be asked on ``conn``."""
        constraint = constraint_of(error)
        if constraint is None:
            return None
        self.sentence = packaged_sentence(constraint) or _sentences.get(_key(conn, constraint))
        can_answer = conn.pgconn.transaction_status == TransactionStatus.IDLE
        return constraint if self.sentence is None and can_answer else None

    def learn(self, conn: AnyConnection, constraint: Constraint, found: Row | None) -> None:
        """Keep the sentence that the server had for the constraint, if it has one."""
        if found and found[0]:
            self.sentence = _sentences[_key(conn, constraint)] = found[0]

    def failure(self, error: psycopg.Error | UnicodeEncodeError, conn: AnyConnection | None) -> ExchangeError:
        """Our error for the driver's."""
        if conn is not None and tells_of_loss(error, conn.pgconn):
            state = error.sqlstate if isinstance(error, psycopg.Error) else None
            in_doubt = self.may_be_committed and state not in IDLE_TIMEOUTS
            kind = OutcomeUnknown if in_doubt else Unavailable
            return self.origin.error(kind, f"the connection was lost: {_first_line(error)}", sqlstate=state)
        position = error.diag.statement_position if isinstance(error, psycopg.Error) else None
        line = self.file.line_at(int(position) - self.prefix) if position else None
        sentence = self.sentence
        if self.timeout is not None and isinstance(error, psycopg.errors.QueryCanceled):
            sentence = f"cancelled (the call has a time limit of {self.timeout} s)"
        elif isinstance(error, psycopg.errors.IndeterminateDatatype) and (number := re.search(r"\$(\d+)", str(error))):
            name = self.file.parameters[int(number[1]) - 1]
            sentence = (
                f"the server cannot infer the type of :{name}; say it in the statement: :{name}::text or the like"
            )
        return translate(error, self.origin, line=line, sentence=sentence, named=self.errors)


def _key(conn: AnyConnection, constraint: Constraint) -> tuple[Any, ...]:
    return conn.info.host, conn.info.port, conn.info.dbname, *constraint


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@dataclass
class Taken(Generic[T]):
    """A server's answer, taken off the connection."""

    rows: list[Row]
    rowcount: int
    plan: Plan[T] | None
    """``None`` where no rows are wanted."""
