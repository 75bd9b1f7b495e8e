"""Names, and texts in Python source: of records, of members, of what no name can be."""

import keyword
import re
import unicodedata
from collections.abc import Container

from pydantic import BaseModel

__all__ = ["camel", "docstring", "free", "member_name", "quoted", "record_name", "verb_of", "why_no_field"]

_VERBS = frozenset(
    "add append archive assign attach book cancel change clear close complete confirm copy count create deactivate "  # noqa: SIM905  a page of quotes would hide the words
    "delete detach disable discover enable expire export fetch fill find finish get import insert like list load lock "
    "lookup mark merge move open pay place pop post purge put rate read record refresh register release remove rename "
    "reorder replace reserve restock restore save search select send set start stop store stream submit sum swap touch "
    "transfer undo unlock update upsert verify".split()
)


def verb_of(function: str) -> str:
    """The first word of a function's name."""
    return function.partition("_")[0]


def record_name(function: str) -> str:
    """The name of a row: ``list_open_playgrounds`` gives ``OpenPlayground``, ``find_user_by_email`` gives ``User``."""
    words = [word for word in function.split("_") if word]
    if len(words) > 1 and words[0] in _VERBS:
        words = words[1:]
    if "by" in words[1:]:
        words = words[: words.index("by", 1)]
    return camel("_".join([*words[:-1], _singular(words[-1])])) if words else "Row"


def camel(name: str) -> str:
    """``order_line`` as the name of a class: ``OrderLine``."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"\W|_", name) if word)


def free(name: str, taken: Container[str]) -> str:
    """The name, or the nearest to it that is not taken."""
    candidates = (f"{name}{suffix}" for suffix in ("", "Row", *range(2, 1000)))
    return next(candidate for candidate in candidates if candidate not in taken and not keyword.iskeyword(candidate))


def why_no_field(name: str) -> str:
    """Why a column of this name cannot be a record's field; "" where it can."""
    if name == "?column?" or not name:
        return "a column without a name"
    if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
        return f"column {name!r} is not a name in Python"
    if keyword.iskeyword(name):
        return f"column {name!r} is a keyword of Python"
    if name.startswith("_"):
        return f"column {name!r} starts with an underscore, and no field does"
    if name.startswith("model_") or hasattr(BaseModel, name):
        return f"column {name!r} is something else on every record"
    return ""


def member_name(value: str, taken: Container[str]) -> str:
    """The name of an enum's member for a text."""
    name = re.sub(r"\W+", "_", value).strip("_").upper() or "EMPTY"
    if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
        name = f"VALUE_{name}" if f"VALUE_{name}".isidentifier() and name.isascii() else "VALUE"
    return free(name, taken)


def quoted(text: str) -> str:
    """A text as a literal, as ruff and black write it."""
    written = repr(text)
    if written[0] == '"' or '"' in text:
        return written
    return '"' + written[1:-1] + '"'


def docstring(header: str, width: int) -> list[str]:
    """The header's first sentence as the lines of a docstring; none of an empty header.

    What the header says after it is mostly about the SQL, and stays there.
    """
    paragraph = " ".join(header.split("\n\n", maxsplit=1)[0].split())
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z`:])", paragraph)[0]
    if not sentence:
        return []
    sentence = sentence.replace("\\", "\\\\").replace('"""', "'''")
    sentence += "" if sentence[-1] in ".!?" else "."
    if len(sentence) + 10 <= width:
        return [f'    """{sentence}"""']
    lines = _wrapped(sentence, min(width - 7, len(sentence) - 1))  # two lines at least, as formatters have it
    lines[0] = f'    """{lines[0]}'
    return [lines[0], *(f"    {line}" for line in lines[1:]), '    """']


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return lines


def _singular(noun: str) -> str:
    if noun.endswith("ies") and len(noun) > 4:
        return f"{noun[:-3]}y"
    if re.search(r"(ss|x|ch|sh)es$", noun):
        return noun[:-2]
    return noun[:-1] if re.search(r"[^sui]s$", noun) else noun
