"""Compare a live database with what the locked queries need of it, in one round trip: for an application's start."""

from collections.abc import Iterable, Iterator, Sequence

from exchange_db.check.run import OWN_DOMAINS
from exchange_db.check.targets import Target, find_targets
from exchange_db.engine.faults import render_faults
from exchange_db.errors import DeclarationError, LockError, SchemaMismatch
from exchange_db.lock.files import Unreadable, lock_path
from exchange_db.lock.kinship import holds, is_narrower
from exchange_db.lock.model import Lock, LockedTable
from exchange_db.lock.offline import current_lock
from exchange_db.lock.schema import LiveSchema, LiveTable, read_schema
from exchange_db.operations import Operation, Steps, ask

__all__ = ["verify_schema"]

_SHOWN = 3


def _verify_schema(*, queries: Sequence[Target] = OWN_DOMAINS) -> Steps[None]:
    """Make sure that the database has what the locked queries rely on; one round trip of a few milliseconds.

    ``queries`` are what ``check`` takes: modules, packages, folders, functions; by default this library's own. Tables,
    columns with their types and NOT NULL, unique keys, enums, functions and indexes are compared, and what else the
    database has does not matter.

    Raises ``SchemaMismatch`` with every difference, ``LockError`` where a lock is missing or stale, and what any call
    raises where the database cannot be asked.
    """
    locks = _locks(queries)
    needs = [lock.needs for lock in locks]
    tables = sorted({name for each in needs for name in each.tables})
    live = yield from ask(
        read_schema,
        table_names=sorted({name.rpartition(".")[2] for name in tables}),
        tables=tables,
        types=sorted({name for each in needs for name in each.types}),
        functions=sorted({name.partition("(")[0] for each in needs for name in each.functions}),
        indexes=sorted({name for each in needs for name in each.indexes}),
        constraints=sorted({name for each in needs for name in each.named}),
    )
    found: dict[str, list[str]] = {}
    for lock in locks:
        for difference in _differences(lock, live):
            found.setdefault(difference, []).append(lock.query)
    if found:
        lines = [f"{difference} ({_some(names)})" for difference, names in sorted(found.items())]
        count = "one thing" if len(lines) == 1 else f"{len(lines)} things"
        raise SchemaMismatch(f"the database lacks {count} that the queries rely on:\n  " + "\n  ".join(lines))


verify_schema = Operation(_verify_schema)


def _locks(queries: Iterable[Target]) -> list[Lock]:
    targets = find_targets(queries)
    if targets.faults:
        raise DeclarationError(render_faults(targets.faults), tuple(targets.faults))
    locks: list[Lock] = []
    problems: list[str] = []
    for function in targets.functions.values():
        try:
            locks.append(current_lock(function))
        except Unreadable as error:
            problems.append(f"{function.name}: {error.problem} ({lock_path(function.path)})")
    if problems:
        raise LockError("the schema cannot be compared:\n  " + "\n  ".join(problems))
    return locks


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _differences(lock: Lock, live: LiveSchema) -> Iterator[str]:
    """What a lock needs and the database has not."""
    needs = lock.needs
    tables = {table.name: table for table in live.tables}
    for name, needed in needs.tables.items():
        yield from _table_differences(name, needed, tables[name]) if name in tables else [f"there is no table {name}"]
    yield from _type_differences(lock, live)
    functions = {each.signature: each.returns for each in live.functions}
    for signature, returns in needs.functions.items():
        if signature not in functions:
            yield f"there is no function {signature}"
        elif functions[signature] != returns:
            yield f"the function {signature} returns {functions[signature]}, not {returns}"
    yield from (f"there is no index {index}" for index in live.missing(needs.indexes))
    yield from (f"there is no constraint {name}" for name in needs.named if name not in live.constraints)


def _table_differences(name: str, needed: LockedTable, live: LiveTable) -> Iterator[str]:
    columns = {column.name: column for column in live.columns}
    for column, fact in needed.columns.items():
        there = columns.get(column)
        if there is None:
            yield f"{name} has no column {column}"
            continue
        type_name = fact.removesuffix(" not null")
        is_too_narrow = column in needed.writes and is_narrower(type_name, there.type)
        if is_too_narrow or not holds(type_name, there.type, is_sent=True):
            yield f"{name}.{column} is {there.type}, not {type_name}"
        if fact.endswith(" not null") and not there.not_null:
            yield f"{name}.{column} may be NULL"
    keys = {key.text for key in live.keys}
    yield from (f"{name} has no unique key {key}" for key in needed.keys if key not in keys)
    if needed.inserts is not None:
        for column in sorted(live.required - {*needed.inserts, *needed.omits}):
            yield f"{name}.{column} needs a value, and the inserts give none"


def _type_differences(lock: Lock, live: LiveSchema) -> Iterator[str]:
    closed = _closed(lock)
    types = {each.name: each for each in live.types}
    for name, labels in lock.needs.types.items():
        if name not in types:
            yield f"there is no type {name}"
            continue
        yield from (f"{name} has no value {label!r}" for label in labels if label not in types[name].labels)
        if name in closed:
            more = (label for label in types[name].labels if label not in labels)
            yield from (f"{name} has a value {label!r}, which the code does not know" for label in more)


def _closed(lock: Lock) -> set[str]:
    """The enums that the code reads into an enum or ``Literal`` of its own."""
    read = [column.type for variant in lock.variants for column in variant.columns if column.takes is not None]
    found = [lock.types[name] for name in read]
    inner = [lock.types[each.element] if each.element else each for each in found]
    return {f"{each.schema}.{each.name}" for each in inner if each.kind == "e"}
