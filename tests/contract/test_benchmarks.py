"""What the benchmarks rest on, without a clock or the peers: round trips, plans, and what a record is made of."""

import ast
import asyncio
import gc
import json
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import benchmarks
import psycopg
import pytest
from benchmarks.cases import MODULES
from benchmarks.data import fill_deliveries, fill_inboxes, fill_profiles, ids
from benchmarks.harness import Contender, Disagreement, Result, at_most, awaited, faster, race
from benchmarks.lab import SMOKE, Lab
from benchmarks.ours import list_deliveries
from benchmarks.statements import DELIVERIES, percent

from exchange_db import accounts, messaging, open_pool, profiles
from exchange_db.engine import Query
from exchange_db.testing import at_most_round_trips
from exchange_db.testing.databases import Server
from exchange_db.types import UserId
from tests.database.plans import MODES, explain

FOLDER = Path(benchmarks.__file__).parent
CASE = re.compile(r'\bCase\("([^"]+)"')
PEER = re.compile(r'^NAME\w* = "([^"]+)"', re.M)
ROWS = 1_000
USERS = 60


@pytest.fixture(scope="module")
def filled_url(module_database_url: str) -> str:
    """A database with deliveries, and users with profiles and inboxes."""
    fill_deliveries(module_database_url, ROWS)
    fill_inboxes(module_database_url, USERS)
    return module_database_url


@pytest.fixture(scope="module")
def filled_conn(filled_url: str) -> Generator[psycopg.Connection]:
    """A connection to it."""
    with psycopg.connect(filled_url, autocommit=True, prepare_threshold=0) as conn:
        yield conn


@pytest.fixture(scope="module")
def many_profiles(server: Server, template: str) -> Generator[psycopg.Connection]:
    """A connection to a database whose tables are too large to be read whole."""
    with server.database(template) as name:
        fill_profiles(server.url(name), 3_000)
        with psycopg.connect(server.url(name), autocommit=True) as conn:
            yield conn


@pytest.fixture
def lab() -> Generator[Lab]:
    """A lab for contenders that need no server."""
    server: Any = SimpleNamespace()
    with asyncio.Runner() as runner:
        yield Lab(server, SMOKE, runner)


# --- what the cases rest on ------------------------------------------------------------------------------------------


def test_each_case_is_one_round_trip(filled_url: str) -> None:
    """Rows, a look-up, a profile with all that belongs to it, a page of an inbox: each is one, also the first time."""
    user_id = UserId(next(ids(filled_url)))
    with open_pool(filled_url) as pool:
        for _ in range(2):
            with at_most_round_trips(pool, 1):
                assert len(list_deliveries(pool, limit=ROWS)) == ROWS
            with at_most_round_trips(pool, 1):
                assert accounts.get_user(pool, user_id=user_id).user_id == user_id
            with at_most_round_trips(pool, 1):
                assert len(profiles.get_full_profile(pool, user_id=user_id).photos) == 6
            with at_most_round_trips(pool, 1):
                assert len(messaging.list_inbox(pool, user_id=user_id)) == 20


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("query", "values", "rows"),
    [
        (accounts.get_user, ["7"], 1),
        (profiles.get_full_profile, ["7"], 1 + 6 + 3 + 1),
    ],
    ids=["get_user", "get_full_profile"],
)
def test_look_ups_read_no_more_than_their_answer(
    many_profiles: psycopg.Connection, query: Query[..., Any], values: list[str], rows: int, mode: str
) -> None:
    """The plan reads the rows that the answer is made of, by their keys."""
    many_profiles.execute("select set_config('plan_cache_mode', %s, false)", [mode])
    plan = explain(many_profiles, query, *values)
    assert plan.rows_read <= rows, plan.text


def test_a_record_costs_few_objects_more_than_its_tuple(filled_conn: psycopg.Connection) -> None:
    """Beside its values a record has itself, its dictionary and the set of its fields: not a copy of every value."""
    statement = percent(DELIVERIES, "limit").encode()

    def blocks(make: Any) -> float:
        make()  # what is made once
        gc.collect()
        before = sys.getallocatedblocks()
        kept = make()
        after = sys.getallocatedblocks()
        assert len(kept) == ROWS
        return (after - before) / ROWS

    tuples = blocks(lambda: filled_conn.execute(statement, (ROWS,), binary=True).fetchall())
    records = blocks(lambda: list_deliveries(filled_conn, limit=ROWS))
    assert records - tuples <= 5.5


FIRST_CALLS = """
import sys
import psycopg
from benchmarks.ours import list_deliveries
from exchange_db import accounts, messaging, profiles
from exchange_db.engine import sqlfile

opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
sqlfile.tokenize = None  # a statement that is read now raises TypeError
with psycopg.connect(sys.argv[1], autocommit=True) as conn:
    list_deliveries(conn, limit=1)
    accounts.get_user(conn, user_id=7)
    profiles.get_full_profile(conn, user_id=7)
    messaging.list_inbox(conn, user_id=7)
print([path for path in opened if path.endswith(".sql")])
"""


def test_no_statement_is_read_at_a_call(filled_url: str) -> None:
    """The first call of a function opens no file of a query and parses none."""
    command = [sys.executable, "-c", FIRST_CALLS, filled_url]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=FOLDER.parent)
    assert done.stdout == "[]\n"


# --- the harness -----------------------------------------------------------------------------------------------------


def test_results_are_compared_before_anything_is_timed(lab: Lab) -> None:
    """A contender with another result is named with the first difference, and nobody is timed."""
    calls: list[str] = []

    def call(name: str) -> list[int]:
        calls.append(name)
        return [1, 2, 3 if name == "ours" else 4]

    ours, peer = Contender("ours", lambda: call("ours")), Contender("peer", lambda: call("peer"))
    with pytest.raises(Disagreement, match=r"a case: peer has another result than ours:\nitem 2: 3\n +not 4"):
        race(lab, "a case", ours, [peer])
    assert calls.count("peer") == 1


def test_contenders_take_turns(lab: Lab) -> None:
    """Synchronous or not, each is called in its turn, and has one line with both times."""
    calls: list[str] = []

    def call() -> int:
        calls.append("ours")
        return 1

    async def call_async() -> int:
        calls.append("peer")
        await asyncio.sleep(0)
        return 2

    peer = awaited("peer", call_async, lambda number: number - 1, faster(2))
    (result,) = race(lab, "a case", Contender("ours", call), [peer])
    assert calls[-2:] == ["ours", "peer"]
    assert (result.case, result.peer) == ("a case", "peer")
    assert result.ours_s > 0
    assert result.peer_s > 0


def test_goals_and_the_lines_of_bench_json() -> None:
    """The ratio is our time as a multiple of the peer's; both kinds of goal are judged by it."""
    limit = Result("rows", 1.5, "raw", 1.0, at_most(1.6))
    assert (limit.ratio, limit.is_reached) == (1.5, True)
    assert Result("rows", 1.7, "raw", 1.0, at_most(1.6)).is_reached is False
    assert Result("rows", 1.0, "orm", 2.0, faster(2)).is_reached is True
    assert Result("rows", 1.0, "orm", 1.9, faster(2)).is_reached is False
    line = json.loads(json.dumps(Result("rows", 1.0, "other", 4.0, more={"ours_round_trips": 1}).as_json()))
    assert line == {
        "case": "rows",
        "ours_s": 1.0,
        "peer": "other",
        "peer_s": 4.0,
        "ratio": 0.25,
        "goal": None,
        "reached": None,
        "ours_round_trips": 1,
    }


# --- the peers, as files: they may not be installed ------------------------------------------------------------------


def test_every_peer_says_why_the_contest_is_fair() -> None:
    """Each file names the pages of documentation that it follows, and has its line of why."""
    files = sorted(path for path in (FOLDER / "peers").glob("*.py") if path.stem != "__init__")
    assert len(files) >= 10
    for path in files:
        doc = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        assert "https://" in doc, path
        assert "Fair: " in doc or path.stem == "sqlalchemy_models", path


def test_the_page_names_every_case_and_peer() -> None:
    """docs/performance.md says what each case measures, and what each peer is."""
    page = (FOLDER.parent / "docs" / "performance.md").read_text("utf-8")
    cases = [name for path in (FOLDER / "cases").glob("*.py") for name in CASE.findall(path.read_text("utf-8"))]
    peers = [name for path in (FOLDER / "peers").glob("*.py") for name in PEER.findall(path.read_text("utf-8"))]
    assert len(cases) >= 9
    assert len(peers) >= 15
    assert [name for name in cases if f"| `{name}` |" not in page] == []
    assert [name for name in peers if not re.search(rf"[|;,] {re.escape(name)}( \||[;,] )", page)] == []


def test_every_case_is_in_the_report() -> None:
    """No module of cases is forgotten, and none is listed twice."""
    assert sorted(MODULES) == sorted(path.stem for path in (FOLDER / "cases").glob("[!_]*.py"))
