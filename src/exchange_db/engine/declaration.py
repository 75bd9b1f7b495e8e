"""A function's signature -> what it declares: its parameters and the shape of its result."""

import inspect
import linecache
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from types import FunctionType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from exchange_db.engine.annotations import Annotation, unaliased
from exchange_db.engine.binding import Parameter
from exchange_db.engine.dynamic import asked_of, derived, dynamic_faults, parameter
from exchange_db.engine.faults import Fault, nearest
from exchange_db.engine.sqlfile import SqlFile
from exchange_db.errors import Conflict, ExchangeError, InvalidValue, MissingReference
from exchange_db.types import Page, RowCount

__all__ = ["Cardinality", "Declaration", "definition_line", "read_declaration", "wrong_errors"]


class Cardinality(Enum):
    """How many rows a function promises; the return annotation says it."""

    ONE = auto()
    """``T``: exactly one."""
    OPTIONAL = auto()
    """``T | None``: at most one."""
    MANY = auto()
    """``list[T]``: any number."""
    NOTHING = auto()
    """``None``: rows are not wanted."""
    ROW_COUNT = auto()
    """``RowCount``: the number of rows affected."""
    PAGE = auto()
    """``Page[T]``: any number, a page at a time."""
    STREAM = auto()
    """``Iterator[T]`` of a ``@query.stream``: any number, a few at a time."""


@dataclass(frozen=True)
class Declaration:
    """What one function declares."""

    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    cardinality: Cardinality
    item: Annotation
    """The ``T`` of the return annotation; of no meaning for ``NOTHING`` and ``ROW_COUNT``."""
    errors: Mapping[str, type[ExchangeError]] = field(default_factory=dict[str, type[ExchangeError]])
    """What is raised for a violation of the constraint or unique index of a name, where ``@query.raises`` says so."""

    @property
    def record(self) -> type[BaseModel] | None:
        """The record class of the rows; ``None`` where a row is one scalar."""
        return self.item.record

    def sent(self, file: SqlFile) -> dict[str, Parameter]:
        """Everything that a variant of the statement may take, by name: the function's own parameters, the keys of a
        page (``page_sold_at``), and whether a parameter was given (``bio_given``)."""
        every = (*self.parameters, *derived(file, self.parameters, self.record))
        return {each.name: each for each in every}


def read_declaration(
    function: FunctionType, file: SqlFile | None, *, stream: bool
) -> tuple[Declaration | None, list[Fault]]:
    """Read one function; every fault that it has, not only the first."""
    code = function.__code__
    path, line = Path(code.co_filename), definition_line(function)
    faults: list[Fault] = []

    def fault(problem: str, hint: str | None = None) -> None:
        faults.append(Fault(path, line, f"{function.__name__}: {problem}", hint))

    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        fault(
            "declared with `async def`",
            "use plain `def`: the same function is awaited when it gets an async pool",
        )
    elif not _is_trivial(function):
        fault("the body does something", "leave the docstring and `...`: the engine supplies the rest")
    written = inspect.signature(function).parameters.values()
    for each in written:
        if each.kind is not each.KEYWORD_ONLY:
            fault(f"parameter {each.name!r} is not keyword-only", "put `*,` before the first parameter")
        if each.annotation is each.empty:
            fault(f"parameter {each.name!r} has no annotation", f"say its type: `{each.name}: …`")
    if file is not None:
        faults += _name_faults(function, path, line, [each.name for each in written], file)
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception as error:
        fault(
            f"an annotation cannot be evaluated: {error}",
            "import its names at run time, not under TYPE_CHECKING, and define the record above the function",
        )
        return None, faults
    if "return" not in hints:
        fault(
            "no return annotation",
            "say how many rows come back: `-> T`, `T | None`, `list[T]`, `Page[T]`, `None`, `RowCount`",
        )
        return None, faults
    cardinality, item = _result(hints["return"], stream=stream)
    if stream and cardinality is not Cardinality.STREAM:
        fault("a stream returns something else than an iterator", "annotate it `-> Iterator[T]`")
    if not stream and get_origin(hints["return"]) is Iterator:
        fault("returns an iterator but is no stream", "declare it with `@query.stream`")
    if stream and file is not None and not file.suits_cursor:
        fault(
            "a stream over a statement that no cursor takes",
            "a server-side cursor reads from a select or values",
        )
    declared = tuple(parameter(name, hint) for name, hint in hints.items() if name != "return")
    for name, (problem, hint) in [(each.name, each.fault) for each in declared if each.fault]:
        fault(f"parameter {name!r}: {problem}", hint)
    declaration = Declaration(function, declared, cardinality, item)
    is_page = cardinality is Cardinality.PAGE
    faults += dynamic_faults(function, line, declared, file, item.record, is_page=is_page) if file else []
    return declaration, faults


def wrong_errors(function: FunctionType, errors: Mapping[str, type[ExchangeError]]) -> list[Fault]:
    """What of ``@query.raises`` cannot be: who catches the error of a kind of constraint must catch the named one."""
    path, line = Path(function.__code__.co_filename), definition_line(function)
    hint = "derive it from the error of the constraint's kind: Conflict, MissingReference or InvalidValue"
    return [
        Fault(path, line, f"{function.__name__}: {getattr(kind, '__name__', kind)} cannot be the error of {name}", hint)
        for name, kind in errors.items()
        if not (isinstance(kind, type) and issubclass(kind, Conflict | MissingReference | InvalidValue))  # pyright: ignore[reportUnnecessaryIsInstance]  # not everybody has a type checker
    ]


def definition_line(function: FunctionType) -> int:
    """The line of ``def``; a function's own first line is that of its first decorator."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    below = range(code.co_firstlineno, len(lines) + 1)
    return next((n for n in below if lines[n - 1].lstrip().startswith(("def ", "async def "))), code.co_firstlineno)


def _result(annotation: Any, *, stream: bool) -> tuple[Cardinality, Annotation]:
    annotation = unaliased(annotation)
    whole = Annotation(annotation)
    if annotation is type(None):
        return Cardinality.NOTHING, whole
    if annotation is RowCount:
        return Cardinality.ROW_COUNT, whole
    if get_origin(annotation) is Iterator and stream:
        return Cardinality.STREAM, Annotation(get_args(annotation)[0])
    if get_origin(annotation) is Page:
        return Cardinality.PAGE, Annotation(get_args(annotation)[0])
    if get_origin(annotation) is list:
        return Cardinality.MANY, Annotation(get_args(annotation)[0])
    return (Cardinality.OPTIONAL if whole.optional else Cardinality.ONE), whole


def _name_faults(function: FunctionType, path: Path, line: int, names: list[str], file: SqlFile) -> list[Fault]:
    """The statement's ``:names`` and the function's parameters must be the same set."""
    asked = asked_of(file, names)
    return [
        Fault(
            path,
            line,
            f"{function.__name__}: parameter {name!r} is not used by {file.path.name}",
            f"write :{name}, not %({name})s"
            if f"%({name})s".encode() in file.text
            else _did_you_mean(name, set(asked) - set(names)),
        )
        for name in names
        if name not in asked
    ] + [
        Fault(
            file.path,
            file.first_line,
            f":{name} is not a parameter of {function.__name__} ({path.name}:{line})",
            _did_you_mean(name, set(names) - set(asked)),
        )
        for name in asked
        if name not in names
    ]


def _did_you_mean(name: str, candidates: set[str]) -> str | None:
    match = nearest(name, candidates)
    return f"did you mean {match!r}?" if match else None


def _bare() -> None: ...


def _documented() -> None:
    """Only a docstring."""


def _both() -> None:
    """A docstring and an ellipsis; without docstrings (``python -OO``) not compiled as either alone."""
    ...


_TRIVIAL = {function.__code__.co_code for function in (_bare, _documented, _both)}


def _is_trivial(function: FunctionType) -> bool:
    """Whether the body is a docstring, ``...`` or ``pass``: compared as compiled, so no source is needed."""
    code = function.__code__
    return code.co_code in _TRIVIAL and set(code.co_consts) <= {None, function.__doc__}
