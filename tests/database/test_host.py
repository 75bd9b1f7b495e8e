"""A host application with a folder of its own: ten lines of Python, and the same typing, records and errors."""

import asyncio
import importlib.util
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from exchange_db.errors import Conflict, DeclarationError, InvalidValue, NotFound, RecordMismatch, StatementError
from exchange_db.pool import open_async_pool, open_pool
from exchange_db.types import Record
from tests.folders import write_statements

MODULE = """\
from exchange_db.engine import sql_folder
from exchange_db.types import Record
query = sql_folder("host")
class Dog(Record):
    dog_id: int
    name: str
@query
def add_dog(*, name: str) -> Dog: ...
@query
def list_dogs(*, like: str = "%") -> list[Dog]: ...
query.complete()
"""

STATEMENTS = {
    "add_dog": "insert into dogs (name) values (:name) returning dog_id, name;",
    "list_dogs": "select d.dog_id, d.name\nfrom dogs as d\nwhere d.name like :like\norder by d.dog_id;",
}

TABLE = """
create table dogs (dog_id int generated always as identity, name text constraint dogs_name_key unique);
comment on constraint dogs_name_key on dogs is 'there is a dog of this name';
"""


def load(folder: Path, text: str = MODULE) -> ModuleType:
    """Import ``kennel.py``, which lies beside its folder of SQL."""
    path = folder / "kennel.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("kennel", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["kennel"] = module  # where annotations are looked up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def kennel(tmp_path: Path, database_url: str) -> Generator[Any]:
    """The host's module, and its table."""
    with psycopg.connect(database_url) as conn:
        conn.execute(TABLE.encode())
    write_statements(tmp_path, **STATEMENTS)
    yield load(tmp_path)
    del sys.modules["kennel"]


def test_ten_lines_are_enough(kennel: Any, database_url: str) -> None:
    """Frozen records, sync and async, without anything of the library's own schema."""
    with open_pool(database_url) as pool:
        rex = kennel.add_dog(pool, name="Rex")
        assert rex == kennel.Dog(dog_id=1, name="Rex")
        assert isinstance(rex, Record)
        assert kennel.list_dogs(pool) == [rex]
        assert kennel.list_dogs(pool, like="M%") == []

    async def scenario() -> None:
        async with open_async_pool(database_url) as pool:
            assert await kennel.add_dog(pool, name="Max") == kennel.Dog(dog_id=2, name="Max")
            assert [dog.name for dog in await kennel.list_dogs(pool)] == ["Rex", "Max"]

    asyncio.run(scenario())


def test_its_errors_are_the_librarys(kennel: Any, database_url: str, tmp_path: Path) -> None:
    """The host's constraints speak in its own sentences, and its files are pointed at."""
    with open_pool(database_url) as pool:
        kennel.add_dog(pool, name="Rex")
        with pytest.raises(Conflict, match="there is a dog of this name") as error:
            kennel.add_dog(pool, name="Rex")
        assert error.value.query == "host.add_dog"
        assert error.value.path == tmp_path / "host" / "add_dog.sql"
        with pytest.raises(InvalidValue, match="name: Input should be a valid string"):
            kennel.add_dog(pool, name=5)
        with pytest.raises(TypeError, match="unexpected keyword argument 'nmae'"):
            kennel.add_dog(pool, nmae="Rex")
        with pool.connection() as conn:
            conn.execute("alter table dogs rename name to title")
        with pytest.raises(StatementError, match="name does not exist") as lost:
            kennel.list_dogs(pool)
        assert lost.value.line in (1, 3)


def test_its_mistakes_are_found_at_import(tmp_path: Path) -> None:
    """A file that does not fit its function stops the import with a report that says where and what."""
    write_statements(tmp_path, **STATEMENTS, find_dog="select d.dog_id from dogs as d;")
    with pytest.raises(DeclarationError, match=r"(?s)3 faults:.*find_dog\.sql.*'nmae' is not used") as error:
        load(tmp_path, MODULE.replace("add_dog(*, name: str)", "add_dog(*, nmae: str)"))
    assert "did you mean 'name'?" in str(error.value)
    del sys.modules["kennel"]


def test_a_record_that_does_not_fit_is_found_at_the_call(kennel: Any, database_url: str, tmp_path: Path) -> None:
    """Columns that are not the record's fields are told by name."""
    write_statements(
        tmp_path, **{**STATEMENTS, "list_dogs": "select d.dog_id, d.name as nmae from dogs as d where :like = '%';"}
    )
    with open_pool(database_url) as pool:
        again: Any = load(tmp_path)
        with pytest.raises(RecordMismatch, match="did you mean 'name'"):
            again.list_dogs(pool)


def test_one_row_is_promised(tmp_path: Path, database_url: str) -> None:
    """``-> Dog`` without a row is ``NotFound`` and names what was looked for."""
    write_statements(tmp_path, get_dog="select 1 as dog_id, 'Rex'::text as name where :name = 'Rex';")
    text = MODULE.partition("@query")[0] + "@query\ndef get_dog(*, name: str) -> Dog: ...\nquery.complete()\n"
    kennel: Any = load(tmp_path, text)
    with open_pool(database_url) as pool:
        assert kennel.get_dog(pool, name="Rex").name == "Rex"
        with pytest.raises(NotFound, match="no row for the given name"):
            kennel.get_dog(pool, name="Max")
    del sys.modules["kennel"]
