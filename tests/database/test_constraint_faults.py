"""The errors that functions name for constraints, proved against the schema and the statements."""

from collections.abc import Generator
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from exchange_db.check.named_errors import constraint_faults
from exchange_db.engine import Query
from exchange_db.errors import Conflict, ExchangeError, InvalidValue, MissingReference
from exchange_db.proof.analysis import analyse
from tests.contract.test_queries import DOMAINS, functions

Conn = Connection[Any]

TABLES = """
create domain grade as int constraint grade_check check (value between 1 and 6);
create table owners (
  id int constraint owners_pkey primary key,
  email text,
  age int,
  stay int4range,
  constraint owners_age_check check (age > 17),
  constraint owners_stay_excl exclude using gist (stay with &&, int4range(age, age + 1) with &&)
);
create unique index owners_email_key on owners (lower(email));
create table dogs (
  id int constraint dogs_pkey primary key,
  owner_id int constraint dogs_owner_id_fkey references owners,
  mood grade
);
create table bones (
  dog_id int constraint bones_dog_id_fkey references dogs on delete cascade,
  length int constraint bones_length_check check (length > 0)
);
create table eaten (dog_id int constraint eaten_dog_id_fkey references dogs);
create table logs (at date not null, note text, constraint logs_pkey primary key (at)) partition by range (at);
create table logs_2024 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create view minors as select id, age from owners where age < 20;
create table counts (n int constraint counts_n_check check (n < 5));
create table triggered (id int constraint triggered_pkey primary key, other int constraint triggered_other_key unique);
create function count_it() returns trigger language plpgsql as $$ begin update counts set n = n + 1; return new; end $$;
create trigger count_it after insert on triggered for each row execute function count_it();
create function touch() returns trigger language plpgsql as $$ begin new.other = 1; return new; end $$;
create table touched (id int constraint touched_pkey primary key, other int constraint touched_other_key unique, x int);
create trigger touch before update on touched for each row execute function touch();
create table parents (id int constraint parents_pkey primary key);
create table children (
  parent_id int constraint children_parent_id_check check (parent_id is not null),
  constraint children_parent_id_fkey foreign key (parent_id) references parents on delete set null
);
"""

NAMES = {
    "owners_pkey": Conflict,
    "owners_email_key": Conflict,
    "owners_stay_excl": Conflict,
    "owners_age_check": InvalidValue,
    "dogs_owner_id_fkey": MissingReference,
    "bones_length_check": InvalidValue,
    "eaten_dog_id_fkey": MissingReference,
}

POSSIBLE: dict[str, set[str]] = {
    "select 1": set(),
    "insert into owners (id) values (1)": {"owners_pkey", "owners_email_key", "owners_stay_excl", "owners_age_check"},
    "insert into owners (id) values (1) on conflict do nothing": {"owners_age_check"},
    "insert into owners (id) values (1) on conflict (id) do nothing": {
        "owners_email_key",
        "owners_stay_excl",
        "owners_age_check",
    },
    "insert into owners (id) values (1) on conflict (lower(email)) do update set id = 5": {
        "owners_pkey",
        "owners_stay_excl",
        "owners_age_check",
        "dogs_owner_id_fkey",
    },
    "insert into owners (id) values (1) on conflict on constraint owners_pkey do nothing": {
        "owners_pkey",
        "owners_email_key",
        "owners_stay_excl",
        "owners_age_check",
    },
    "update owners set email = 'x'": {"owners_email_key"},
    "update owners set age = 5": {"owners_age_check", "owners_stay_excl"},
    "update owners set id = 5": {"owners_pkey", "dogs_owner_id_fkey"},
    "delete from owners": {"dogs_owner_id_fkey"},
    "delete from dogs": {"eaten_dog_id_fkey"},
    "insert into dogs values (1)": {"dogs_owner_id_fkey"},
    "with gone as (delete from eaten returning dog_id) insert into bones select dog_id from gone": {
        "bones_length_check"
    },
    "merge into owners as o using dogs as d on o.id = d.id when matched then update set email = 'x' "
    "when not matched then insert (id) values (5)": {
        "owners_pkey",
        "owners_email_key",
        "owners_stay_excl",
        "owners_age_check",
    },
    "merge into owners as o using dogs as d on o.id = d.id when matched then delete when not matched then do nothing": {
        "dogs_owner_id_fkey"
    },
    "update minors set age = 5": set(NAMES),  # a view's: it is not known
    "insert into triggered values (1)": set(NAMES),  # nor what its trigger does
    "delete from parents": set(NAMES),  # nor what becomes of rows that refer to it
}


@pytest.fixture(scope="module")
def conn(module_database_url: str) -> Generator[Conn]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection


def problems(conn: Conn, statement: str, errors: dict[str, type[ExchangeError]]) -> dict[str, tuple[str, str | None]]:
    """What is wrong, by the constraint's name."""
    query = analyse(conn, statement.encode(), ())
    assert query
    return {fault.constraint: (fault.problem, fault.hint) for fault in constraint_faults(query, conn, errors)}


@pytest.mark.parametrize("statement", POSSIBLE, ids=lambda statement: str(statement)[:60])
def test_what_a_statement_can_violate(conn: Conn, statement: str) -> None:
    """Of all constraints, exactly those that the statement writes to; where it is not known, any."""
    assert NAMES.keys() - problems(conn, statement, dict(NAMES)).keys() == POSSIBLE[statement]


def test_what_a_statement_can_violate_in_passing(conn: Conn) -> None:
    """A partition's own key, a domain's check, and columns that a trigger sets count as well."""
    assert problems(conn, "insert into logs values ('2024-05-05')", {"logs_2024_pkey": Conflict}) == {}
    assert (
        problems(conn, "update logs set at = '2024-05-05'", {"logs_2024_pkey": Conflict, "logs_pkey": Conflict}) == {}
    )
    assert problems(conn, "insert into dogs (mood) values (9)", {"grade_check": InvalidValue}) == {}
    assert problems(conn, "update touched set x = 5", {"touched_other_key": Conflict}) == {}


def test_what_is_told(conn: Conn) -> None:
    """A name that does not exist, an error of another kind, a constraint of another table, each with the way out."""

    class Taken(Conflict): ...

    errors: dict[str, type[ExchangeError]] = {
        "owners_emial_key": Taken,
        "owners_age_check": Taken,
        "dogs_pkey": Taken,
        "owners_pkey": Taken,
    }
    assert problems(conn, "insert into owners (id, email) values (1, 'x')", errors) == {
        "owners_emial_key": ("there is no such constraint", "did you mean 'owners_email_key'?"),
        "owners_age_check": ("Taken is no InvalidValue, which a violation of it is", "derive Taken from InvalidValue"),
        "dogs_pkey": ("the statement cannot violate this constraint of dogs", "did you mean 'owners_pkey'?"),
    }
    assert problems(conn, "select 1", {"zzz": Taken}) == {"zzz": ("there is no such constraint", None)}


@pytest.mark.parametrize("domain", DOMAINS)
def test_our_own_functions(conn: Conn, domain: str) -> None:
    """Every constraint that a function of ours names is one that its statement can violate."""
    for function in functions(domain).values():
        if isinstance(function, Query) and function.declaration.errors:
            file = function.file
            prepared = conn.pgconn.prepare(b"", file.text)
            assert prepared.error_message == b""
            described = conn.pgconn.describe_prepared(b"")
            types = [described.param_type(n) for n in range(described.nparams)]
            query = analyse(conn, file.text, types)
            assert query
            assert constraint_faults(query, conn, function.declaration.errors) == ()
            other = constraint_faults(query, conn, {"places_nothing_key": Conflict})
            assert [fault.problem for fault in other] == ["there is no such constraint"]
