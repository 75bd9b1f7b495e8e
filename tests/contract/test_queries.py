"""Files and functions are the same set, and every file keeps the rules of its kind."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from exchange_db.engine import Query, StreamQuery
from exchange_db.engine.sqlfile import SqlFile, load_folder
from exchange_db.resources import QUERIES, SQL

DOMAINS = sorted(folder.name for folder in QUERIES.iterdir() if folder.is_dir())
FILES = [path.relative_to(QUERIES) for path in sorted(QUERIES.glob("*/*.sql"))]
READING = ("count", "discover", "export", "find", "get", "list", "search", "stream")
WRITING = (
    "add", "answer", "block", "create", "deactivate", "delete", "finish", "import", "like", "mark", "open", "pass",
    "rate", "reactivate", "record", "reorder", "restock", "send", "set", "start", "unblock", "undo", "unmatch",
    "update",
)  # fmt: skip


def functions(domain: str) -> dict[str, "Query[..., object] | StreamQuery[..., object]"]:
    """The query functions that a domain's module declares."""
    module = importlib.import_module(f"exchange_db.{domain}")
    return {name: value for name, value in vars(module).items() if isinstance(value, Query | StreamQuery)}


def sql_file(path: Path) -> SqlFile:
    return load_folder(QUERIES / path.parent)[0][path.stem]


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_file_has_one_function_and_every_function_a_file(domain: str) -> None:
    """The names of a domain's files and those of its module's functions are equal."""
    assert set(functions(domain)) == {path.stem for path in (QUERIES / domain).glob("*.sql")}
    assert all(name == function.__name__ for name, function in functions(domain).items())


def test_no_query_lies_outside_a_domain() -> None:
    """Each SQL file is directly inside the folder of a domain that has a module."""
    assert {path.relative_to(QUERIES) for path in QUERIES.rglob("*.sql")} == set(FILES)
    assert FILES


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_function_says_what_it_does(domain: str) -> None:
    """Each declaration has a docstring, and the module lists it among its exports, sorted."""
    module = importlib.import_module(f"exchange_db.{domain}")
    assert list(module.__all__) == sorted(module.__all__)
    for name, function in functions(domain).items():
        assert function.__doc__, name
        assert name in module.__all__


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_keeps_the_house_rules(path: Path) -> None:
    """A leading comment, a known verb, no star, every table qualified; lists are ordered."""
    file = sql_file(path)
    statement = re.sub(r"--.*", "", (QUERIES / path).read_text("utf-8"))
    assert len(file.header) > 10
    assert path.stem.split("_")[0] in (*READING, *WRITING)
    assert not re.search(r"select\s+(\w+\.)?\*", statement)
    tables = "|".join(re.findall(r"^create table exchange\.(\w+)", (SQL / "schema.sql").read_text("utf-8"), re.M))
    for schema, table in re.findall(
        rf"\b(?:from|join|into|update)\s+(?:only\s+)?(exchange\.)?({tables})\b(?!\s*\.)", statement
    ):
        assert schema or f"with {table}" in statement, f"{table} is not qualified"
    if path.stem.startswith("list_"):
        assert "order by" in statement


@pytest.fixture(scope="module")
def connection(module_database_url: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        yield conn


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_server_accepts_the_statement(path: Path, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """The server prepares each file as it stands, as psql would, and each variant that a call may send, with types of
    its own choice, without a search path of ours."""
    file = sql_file(path)
    for statement in {file, *file.variants}:
        result = connection.pgconn.prepare(b"", statement.text)
        assert not result.error_message, f"{statement.label}: {result.error_message.decode()}"
        assert connection.pgconn.describe_prepared(b"").nparams == len(statement.parameters)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_what_reads_is_known_to_read(path: Path) -> None:
    """After a lost connection, get_, find_, list_ and the like are safe to repeat, and the file says or shows it."""
    assert sql_file(path).is_read_only == (path.stem.split("_")[0] in READING)
