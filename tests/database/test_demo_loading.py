"""The demo's sample data in a database: all or nothing, once, and ready for use."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from psycopg import sql

from exchange_db import accounts, open_pool, places, profiles
from exchange_db.authentication import sign_in, sign_up
from exchange_db.demo.loading import load_if_empty
from exchange_db.demo.sample import PASSWORD, SampleTable
from exchange_db.types import Point, UserId
from tests.database.samples import SIZES, contents, count, load_sample, small_sample


@pytest.fixture(scope="module")
def sample_url(module_database_url: str) -> str:
    """A database with the sample data in it; its tests only read."""
    assert load_sample(module_database_url)
    return module_database_url


def test_everybody_is_complete(sample_url: str) -> None:
    """Each account has a profile with preferences; the arrays on it name its photos and prompts, in order."""
    with open_pool(sample_url) as pool:
        everybody = [profiles.get_full_profile(pool, user_id=UserId(n)) for n in range(1, SIZES["people"] + 1)]
        assert accounts.count_users(pool) == SIZES["people"]
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
        user = accounts.list_users(pool, is_active=True, limit=1).items[0]
        assert sign_in(pool, email=user.email, password=PASSWORD) == user


def test_statistics_are_there(sample_url: str) -> None:
    """Plans are right from the first call on: the planner knows how many rows each table has, those that triggers
    have filled too."""
    with psycopg.connect(sample_url) as connection:
        rows = connection.execute(
            "select relname, reltuples::int from pg_class"
            " where relnamespace = 'exchange'::regnamespace and relkind = 'r' and relname <> 'areas'"
        ).fetchall()
    assert dict(rows) == {table: number for table, (number, _) in contents(sample_url).items()}


def test_every_sequence_goes_on(sample_url: str) -> None:
    """The next id of each table is the one after its greatest, in whichever column it stands."""
    with psycopg.connect(sample_url) as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'exchange' and is_identity = 'YES'"
        ).fetchall()
        assert len(columns) >= 12
        for table, name in columns:
            query = sql.SQL(
                "select coalesce(max({}), 0), pg_sequence_last_value(pg_get_serial_sequence({}, {})) from {}"
            )
            asked = query.format(sql.Identifier(name), f"exchange.{table}", name, sql.Identifier("exchange", table))
            greatest, last = connection.execute(asked).fetchone() or (0, 0)
            assert greatest == last > 0, (table, name)


def test_what_comes_after_the_load(database_url: str) -> None:
    """Ids go on where the sample data ends, for every table that counts its rows."""
    load_sample(database_url)
    with open_pool(database_url) as pool:
        user = sign_up(pool, email="new@example.org", password="a new one")
        assert user.user_id == SIZES["people"] + 1
        assert profiles.create_profile(pool, user_id=user.user_id, name="New").age is None
        photo = profiles.add_photo(pool, user_id=user.user_id, url="https://example.org/new.jpg")
        prompt = profiles.add_prompt(pool, user_id=user.user_id, question="Why?", answer="Why not.")
        assert (photo.photo_id, prompt.prompt_id) == (count(database_url, "photos"), count(database_url, "prompts"))
        place = next(iter(places.list_playgrounds_by_user(pool, added_by=UserId(1))), None)
        somewhere = profiles.get_profile(pool, user_id=UserId(1)).location
        assert somewhere is not None
        added = places.add_playground(pool, added_by=user.user_id, name="New", location=somewhere)
        assert added.playground_id == SIZES["playgrounds"] + 1
        assert place is None or place.playground_id <= SIZES["playgrounds"]


def test_an_interrupted_load_leaves_nothing(database_url: str) -> None:
    """Ctrl-C in the middle of it: no row of any table stays, and the next load does all of it."""

    def interrupt(table: str, rows: int) -> None:
        if table == "playgrounds" and rows:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_if_empty(database_url, lambda: [*small_sample()], interrupt)
    assert [count(database_url, table.name) for table in small_sample()] == [0] * len(small_sample())
    assert load_sample(database_url)
    assert count(database_url, "playgrounds") == SIZES["playgrounds"]


def test_two_loads_at_once(database_url: str) -> None:
    """The second waits for the first, finds the database loaded, and does not even make the data."""
    loading, go_on = Event(), Event()

    def first() -> bool:
        def make() -> list[SampleTable]:
            loading.set()
            assert go_on.wait(20)
            return [*small_sample()]

        return load_if_empty(database_url, make, lambda table, rows: None)

    def second() -> bool:
        assert loading.wait(20)
        go_on.set()
        return load_if_empty(database_url, lambda: pytest.fail("made again"), lambda table, rows: None)

    with ThreadPoolExecutor(2) as threads:
        assert [done.result() for done in (threads.submit(first), threads.submit(second))] == [True, False]
    assert count(database_url, "users") == SIZES["people"]


def test_a_table_without_rows(database_url: str) -> None:
    """A demo of few people may have no playground: its table stays empty, and the next id is the first."""
    told: list[tuple[str, int]] = []
    small = [table if table.name != "playgrounds" else SampleTable("playgrounds") for table in small_sample()]
    assert load_if_empty(database_url, lambda: small, lambda table, rows: told.append((table, rows)))
    assert count(database_url, "playgrounds") == 0
    assert "playgrounds" not in {table for table, _ in told}
    with open_pool(database_url) as pool:
        owner = accounts.list_users(pool, limit=1).items[0].user_id
        place = places.add_playground(pool, added_by=owner, name="x", location=Point(longitude=0, latitude=0))
    assert place.playground_id == 1
