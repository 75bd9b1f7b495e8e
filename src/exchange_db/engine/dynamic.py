"""What a declaration owes to the parts of its statement: defaults, names of orders, a page's limit, cursor and keys."""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum, EnumType
from inspect import signature
from pathlib import Path
from types import FunctionType
from typing import Any, Union, get_args

from pydantic import BaseModel

from exchange_db.engine.annotations import Annotation, unaliased
from exchange_db.engine.binding import Parameter
from exchange_db.engine.faults import Fault, nearest
from exchange_db.engine.parts import PAGE_KEY, PartKind, distinct
from exchange_db.engine.sqlfile import SqlFile
from exchange_db.types import UNSET, Unset

__all__ = ["CURSOR", "GIVEN", "LIMIT", "asked_of", "derived", "dynamic_faults", "page_fields", "parameter"]

GIVEN = "_given"
"""``:bio_given`` is whether ``bio`` was given."""
LIMIT = "limit"
CURSOR = "cursor"


def parameter(name: str, hint: Any) -> Parameter:
    """The parameter of a signature; its annotation without ``Unset``."""
    members = get_args(unaliased(hint))
    if Unset not in members:
        return Parameter(name, Annotation(hint))
    return Parameter(name, Annotation(Union[tuple(each for each in members if each is not Unset)]), may_be_unset=True)  # noqa: UP007  of members known at run time


def page_fields(file: SqlFile) -> dict[str, str]:
    """The keys of the statement's pages, each with the record's field that it is taken from."""
    names = (name for name in file.parameters if name.startswith(PAGE_KEY))
    return {name: name.removeprefix(PAGE_KEY) for name in names} if file.has_pages else {}


def asked_of(file: SqlFile, names: Sequence[str]) -> tuple[str, ...]:
    """What the statement asks a function with these parameters for: what the engine supplies itself left out."""
    own = {*page_fields(file), *(f"{name}{GIVEN}" for name in names if f"{name}{GIVEN}" not in names)}
    sent = (name for name in file.parameters if name not in own)
    return distinct([*sent, *file.conditions, *file.choices, *([LIMIT, CURSOR] if file.has_pages else [])])


def derived(file: SqlFile, parameters: Sequence[Parameter], record: type[BaseModel] | None) -> tuple[Parameter, ...]:
    """The statement's parameters that are no function's: the keys of a page, and what was given."""
    names = [each.name for each in parameters]
    given = (name for name in file.parameters if name.endswith(GIVEN) and name not in names)
    fields = record.model_fields if record else {}
    keys = ((key, fields[name].rebuild_annotation()) for key, name in page_fields(file).items())
    return tuple(Parameter(name, Annotation(hint)) for name, hint in (*((name, bool) for name in given), *keys))


def dynamic_faults(
    function: FunctionType,
    line: int,
    parameters: Sequence[Parameter],
    file: SqlFile,
    record: type[BaseModel] | None,
    *,
    is_page: bool,
) -> list[Fault]:
    """Where the declaration and the parts of its statement disagree."""
    path = Path(function.__code__.co_filename)

    def fault(problem: str, hint: str | None) -> Fault:
        return Fault(path, line, f"{function.__name__}: {problem}", hint)

    written = signature(function).parameters
    faults = [
        *_default_faults(parameters, written, file, fault),
        *_choice_faults(parameters, file, fault, f"{function.__name__} ({path.name}:{line})"),
    ]
    if is_page or file.has_pages:
        faults += _page_faults(parameters, written, file, record, fault, is_page=is_page)
    return faults


_Say = Callable[[str, str | None], Fault]


def _default_faults(parameters: Sequence[Parameter], written: Any, file: SqlFile, fault: _Say) -> Iterator[Fault]:
    for each in parameters:
        default = written[each.name].default
        is_part = each.name in file.conditions
        is_asked = f"{each.name}{GIVEN}" in file.parameters and f"{each.name}{GIVEN}" not in written
        if each.may_be_unset != (default is UNSET):
            hint = f"write `{each.name}: … | Unset = UNSET`, or neither of the two"
            yield fault(f"parameter {each.name!r} has Unset and its default UNSET only by half", hint)
        elif is_part and default is not UNSET and default is not None:
            hint = f"give it one, `{each.name}: … = None`: without it the part would always be there"
            yield fault(f"parameter {each.name!r} has a part of its own, but no default None", hint)
        elif is_asked and not each.may_be_unset:
            hint = f"write `{each.name}: … | Unset = UNSET`"
            yield fault(f":{each.name}{GIVEN} of a parameter that is always given", hint)
        elif each.may_be_unset and not is_asked and not is_part:
            hint = f"such as `case when :{each.name}{GIVEN} then :{each.name} else … end`"
            yield fault(f"the statement does not ask whether {each.name!r} was given", hint)


def _choice_faults(parameters: Sequence[Parameter], file: SqlFile, fault: _Say, where: str) -> Iterator[Fault]:
    by_name = {each.name: each for each in parameters}
    for name, known in file.choices.items():
        if name not in by_name:
            continue  # told of as a name that is missing
        allowed = _values(by_name[name].annotation)
        if allowed is None:
            yield fault(f"parameter {name!r} chooses between alternatives, but is no Literal", f"Literal{list(known)}")
            continue
        for part in file.parts:
            if part.kind is PartKind.WHEN and part.name == name and part.value not in allowed:
                hint = _did_you_mean(part.value, set(allowed) - set(known))
                problem = f"{part.value!r} is no value of {name!r} in {where}"
                yield Fault(file.path, part.line, problem, hint, part.column)
        for value in allowed:
            if value not in known:
                hint = _did_you_mean(value, set(known) - set(allowed))
                yield fault(f"{name!r} may be {value!r}, for which {file.path.name} has no alternative", hint)


def _values(annotation: Annotation) -> list[str] | None:
    """The texts that a Literal or an enum of texts allows; ``None`` for anything else."""
    if annotation.optional or not annotation.is_choice or annotation.element:
        return None
    values: list[Any] = []
    for member in annotation.members:
        values += list[Any](member) if isinstance(member, EnumType) else get_args(member)
    return [str(value.value if isinstance(value, Enum) else value) for value in values]


def _page_faults(
    parameters: Sequence[Parameter],
    written: Any,
    file: SqlFile,
    record: type[BaseModel] | None,
    fault: _Say,
    *,
    is_page: bool,
) -> Iterator[Fault]:
    if not file.has_pages:
        hint = "such as `-- page`, `and (sales.sold_at, sales.id) < (:page_sold_at, :page_id)`, `-- end page`"
        yield fault(f"returns a Page, but {file.path.name} has no `-- page` part", hint)
        return
    if not is_page:
        yield fault(f"{file.path.name} has a `-- page` part", "return a `Page[…]`")
        return
    by_name = {each.name: each.annotation for each in parameters}
    if LIMIT in by_name and (by_name[LIMIT].plain is not int or by_name[LIMIT].optional):
        yield fault("the limit of a page is a number", "write `limit: int`, with or without a default")
    elif LIMIT not in file.parameters:
        yield fault(f"{file.path.name} has pages and no :limit", "end it in `limit :limit`")
    if CURSOR in by_name and (
        by_name[CURSOR].members != (str,) or not by_name[CURSOR].optional or written[CURSOR].default is not None
    ):
        yield fault("the cursor of a page is optional text", "write `cursor: str | None = None`")
    for key, name in page_fields(file).items():
        yield from _key_faults(key, name, record, fault)


def _key_faults(key: str, name: str, record: type[BaseModel] | None, fault: _Say) -> Iterator[Fault]:
    if record is None:
        yield fault(f":{key} is taken from a record, and the pages are of none", "make a record of the columns")
    elif name not in record.model_fields:
        match = nearest(name, record.model_fields)
        hint = f"did you mean :{PAGE_KEY}{match}?" if match else "name it after the field that holds the row's value"
        yield fault(f":{key}, but {record.__name__} has no field {name!r}", hint)
    elif Annotation(record.model_fields[name].rebuild_annotation()).optional:
        hint = "rows whose key is NULL would be on no page: order by what is never NULL"
        yield fault(f":{key} is taken from {record.__name__}.{name}, which may be None", hint)


def _did_you_mean(name: str, candidates: set[str]) -> str | None:
    match = nearest(name, candidates)
    return f"did you mean {match!r}?" if match else None
