"""What a lock remembers of the code: the declaration as text, the statement as a hash."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from exchange_db.check.agreement import described
from exchange_db.check.directives import read_directives
from exchange_db.check.fields import fields_of
from exchange_db.check.source import Source
from exchange_db.engine.annotations import unaliased
from exchange_db.engine.declaration import Declaration
from exchange_db.engine.lexer import Kind, tokenize
from exchange_db.engine.sqlfile import SqlFile
from exchange_db.errors import ExchangeError

__all__ = ["declaration_lines", "file_lines", "statement_hash"]


def file_lines(path: Path) -> tuple[str, ...]:
    """The lines of a file, however a checkout ends them."""
    return tuple(Source.read(path).text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def statement_hash(file: SqlFile) -> str:
    """Of all that a call may send and of what the header says to ``check``, without layout, comments and line ends."""
    digest = hashlib.sha256()
    for variant in file.variants:
        text = variant.text.decode().replace("\r\n", "\n").replace("\r", "\n")
        tokens = [text[token.start : token.end] for token in tokenize(text) if token.kind is not Kind.COMMENT]
        digest.update("\0".join([variant.label, *variant.parameters, *tokens, "\n"]).encode())
    directives = (replace(each, line=0) for each in read_directives(Source.read(file.path)))
    digest.update("\n".join(sorted(map(repr, directives))).encode())
    return digest.hexdigest()


def declaration_lines(declaration: Declaration) -> tuple[str, ...]:
    """The signature, then a line for every fact of the types that it names."""
    lines = [f":{each.name}: {described(each.annotation.source)}" for each in declaration.parameters]
    lines.append(f"-> {declaration.cardinality.name.lower()} {described(declaration.item.source)}")
    lines += (f"raises {name}: {error.__name__}" for name, error in sorted(declaration.errors.items()))
    found: dict[str, None] = {}
    seen: set[Any] = set()
    for annotation in (*(each.annotation for each in declaration.parameters), declaration.item):
        found |= dict.fromkeys(_facts(annotation.source, seen))
    errors = (f"raises {name}: {_error(error)}" for name, error in sorted(declaration.errors.items()))
    return (*lines, *sorted(found), *errors)


def _error(error: type[ExchangeError]) -> str:
    """An exception's name, and the library's own that it derives from: the kind of constraint that it can be of."""
    own = next(each for each in error.__mro__ if each.__module__ == ExchangeError.__module__)
    return error.__name__ if own is error else f"{error.__name__}, {own.__name__}"


def _facts(source: Any, seen: set[Any]) -> Iterator[str]:
    """What an annotation's own name does not say: ids, enums, records, and what is in them."""
    source = unaliased(source)
    for part in get_args(source):
        if isinstance(part, type) or get_args(part) or hasattr(part, "__supertype__"):
            yield from _facts(part, seen)
    if not _names(source) or source in seen:
        return
    seen.add(source)
    if hasattr(source, "__supertype__"):
        yield f"{source.__name__} = {described(source.__supertype__)}"
        yield from _facts(source.__supertype__, seen)
    elif issubclass(source, Enum):
        yield f"{source.__name__} = {' | '.join(repr(member.value) for member in source)}"
    else:
        if issubclass(source, BaseModel) and source.model_config.get("extra") != "forbid":
            yield f"{source.__name__} takes other keys"
        for key, field in fields_of(source).items():
            default = "" if field.info.is_required() else ", has a default"
            converts = ", converted" if field.converts else ""
            yield f"{source.__name__}.{key}: {described(field.annotation.source)}{default}{converts}"
            yield from _facts(field.annotation.source, seen)


def _names(source: Any) -> bool:
    """Whether it is a type of somebody's own, which is more than its name."""
    return hasattr(source, "__supertype__") or (isinstance(source, type) and issubclass(source, Enum | BaseModel))
