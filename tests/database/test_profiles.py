"""Profiles: every function with good and bad input, the order of photos and prompts as a model, races, plans."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from psycopg import sql
from psycopg_pool import ConnectionPool

from exchange_db import accounts, profiles
from exchange_db.errors import Conflict, ExchangeError, InvalidValue, MissingReference, NotFound
from exchange_db.profiles import FullProfile, Photo, Profile, Prompt
from exchange_db.types import ActivityLevel, DistanceUnit, PhotoId, Point, PromptId, UserId
from tests.database.plans import MODES, explain
from tests.database.races import all_at_once, wait_until_blocked

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]
NOBODY = UserId(2**63 - 1)
in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def add_user(db: Conn | Pool, name: str = "ada") -> UserId:
    return accounts.create_user(db, email=f"{name}@example.org", password_hash="hash").user_id


@pytest.fixture
def owner(conn: Conn) -> UserId:
    """A user with a profile."""
    user_id = add_user(conn)
    profiles.create_profile(conn, user_id=user_id, name="Rex")
    return user_id


EMPTY: dict[str, Any] = {
    "birth_date": None,
    "bio": None,
    "pronouns": None,
    "image_url": None,
    "location_name": None,
    "location": None,
    "activity_level": None,
}
FULL: dict[str, Any] = {
    "name": "Rex",
    "birth_date": date(2020, 2, 29),
    "bio": "Digs.\nBarks.",
    "pronouns": "he/him",
    "image_url": "https://example.org/rex.jpg",
    "location_name": "Berlin, Germany",
    "location": Point(longitude=13.405, latitude=52.52),
    "activity_level": ActivityLevel.HIGH,
}


def full(**changes: Any) -> dict[str, Any]:
    """Every field of a profile, some of them changed."""
    return {**FULL, **changes}


# --- the profile -----------------------------------------------------------------------------------------


def test_a_profile_needs_only_a_name(conn: Conn) -> None:
    """Everything else is unknown at first, and the preferences have their defaults: 0 to 20 years, 25 miles."""
    user_id = add_user(conn)
    profile = profiles.create_profile(conn, user_id=user_id, name="Rex")
    assert profile.model_dump(exclude={"created_at", "updated_at"}) == {
        "user_id": user_id,
        "name": "Rex",
        "age": None,
        **EMPTY,
    }
    assert profiles.get_profile(conn, user_id=user_id) == profile
    preferences = profiles.get_preferences(conn, user_id=user_id)
    assert preferences == profiles.set_preferences(conn, user_id=user_id)
    assert preferences.model_dump() == {
        "user_id": user_id,
        "min_age": 0,
        "max_age": 20,
        "max_distance_m": pytest.approx(25 * 1609.344, abs=0),
        "distance_unit": DistanceUnit.MILES,
        "activity_level": ActivityLevel.MEDIUM,
    }


def test_a_profile_has_everything_it_was_given(conn: Conn, owner: UserId) -> None:
    """Updating replaces the fields that are given, nulls clear them, and updated_at moves by itself."""
    before = profiles.get_profile(conn, user_id=owner)
    changed = profiles.update_profile(conn, user_id=owner, **FULL)
    assert changed.model_dump(include=set(FULL)) == {**FULL, "location": FULL["location"].model_dump()}
    assert changed.created_at == before.created_at
    assert changed.updated_at > before.updated_at
    assert profiles.get_profile(conn, user_id=owner) == changed
    for name, value in EMPTY.items():
        kept = {name, "age", "updated_at"}
        one = profiles.update_profile(conn, user_id=owner, **{name: value})
        assert one.model_dump(exclude=kept) == changed.model_dump(exclude=kept)
        assert getattr(one, name) is None
        assert profiles.update_profile(conn, user_id=owner, **{name: FULL[name]}).model_dump(
            exclude={"updated_at"}
        ) == changed.model_dump(exclude={"updated_at"})
    assert profiles.update_profile(conn, user_id=owner, name="Max").bio == FULL["bio"]
    cleared = profiles.update_profile(conn, user_id=owner, name="Rex", **EMPTY)
    assert cleared.model_dump(include=set(EMPTY)) == EMPTY


def test_a_user_has_one_profile(conn: Conn, owner: UserId) -> None:
    """A second one is a conflict, and one for nobody lacks its user."""
    with pytest.raises(Conflict) as conflict:
        profiles.create_profile(conn, user_id=owner, name="Rex")
    assert (conflict.value.constraint, conflict.value.sentence) == ("profiles_pkey", "the user already has a profile")
    with pytest.raises(MissingReference) as missing:
        profiles.create_profile(conn, user_id=NOBODY, name="Rex")
    assert missing.value.constraint == "profiles_user_id_fkey"
    assert missing.value.sentence == "the user does not exist"


def test_without_a_profile(conn: Conn) -> None:
    """Whatever reads or changes one row raises NotFound, lists are empty, additions lack their profile."""
    user_id = add_user(conn)
    readers: list[Callable[..., object]] = [
        profiles.get_profile,
        profiles.get_full_profile,
        profiles.get_preferences,
        profiles.delete_profile,
    ]
    for read in readers:
        with pytest.raises(NotFound):
            read(conn, user_id=user_id)
    with pytest.raises(NotFound):
        profiles.update_profile(conn, user_id=user_id, name="Rex", **EMPTY)
    with pytest.raises(NotFound):
        profiles.reorder_photos(conn, user_id=user_id, photo_ids=[])
    with pytest.raises(NotFound):
        profiles.reorder_prompts(conn, user_id=user_id, prompt_ids=[])
    assert profiles.list_photos(conn, user_id=user_id) == []
    assert profiles.list_prompts(conn, user_id=user_id) == []
    additions: list[tuple[Callable[[], object], str]] = [
        (lambda: profiles.add_photo(conn, user_id=user_id, url="x"), "photos_user_id_fkey"),
        (lambda: profiles.add_prompt(conn, user_id=user_id, question="x", answer="x"), "prompts_user_id_fkey"),
        (lambda: profiles.set_preferences(conn, user_id=user_id), "preferences_user_id_fkey"),
    ]
    for add, constraint in additions:
        with pytest.raises(MissingReference) as caught:
            add()
        assert (caught.value.constraint, caught.value.sentence) == (constraint, "the profile does not exist")


def today() -> date:
    return datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("name", "", "profiles_name_check"),
        ("name", "\u00a0\u200b\n", "profiles_name_check"),
        ("name", "x" * 101, "profiles_name_check"),
        ("pronouns", "x" * 101, "profiles_pronouns_check"),
        ("image_url", "x" * 256, "profiles_image_url_check"),
        ("location_name", "x" * 256, "profiles_location_name_check"),
        ("birth_date", date(1899, 12, 31), "profiles_birth_date_check"),
        ("birth_date", date.max, "profiles_birth_date_check"),
        ("birth_date", today() + timedelta(days=2), "profiles_birth_date_check"),
    ],
)
def test_limits_of_a_profile(conn: Conn, owner: UserId, field: str, value: Any, constraint: str) -> None:
    """Each limit has a name and a sentence, on the way in and on every change, and nothing is half-written."""
    before = profiles.get_full_profile(conn, user_id=owner)
    newcomer = add_user(conn, "bob")
    changes: list[Callable[[], object]] = [
        lambda: profiles.update_profile(conn, user_id=owner, **full(**{field: value})),
        lambda: profiles.create_profile(conn, user_id=newcomer, **full(**{field: value})),
    ]
    for change in changes:
        with pytest.raises(InvalidValue) as caught:
            change()
        assert caught.value.constraint == constraint
        assert constraint not in caught.value.sentence
    assert profiles.get_full_profile(conn, user_id=owner) == before
    with pytest.raises(NotFound):
        profiles.get_preferences(conn, user_id=newcomer)


def test_the_limits_themselves_are_allowed(conn: Conn, owner: UserId) -> None:
    """Born today or in 1900, and texts of the greatest length."""
    for born in (today(), date(1900, 1, 1)):
        assert profiles.update_profile(conn, user_id=owner, **full(birth_date=born)).birth_date == born
    longest: dict[str, Any] = {
        "name": "ẞ" * 100,
        "pronouns": "x" * 100,
        "image_url": "x" * 255,
        "location_name": "🐕" * 255,
    }
    profile = profiles.update_profile(conn, user_id=owner, **full(bio="x" * 1_000_000, **longest))
    assert profile.model_dump(include=set(longest)) == longest


@pytest.mark.parametrize("ewkt", ["POINT EMPTY", "POINT(NaN NaN)", "POINT(NaN 0)"])
def test_a_location_is_a_position(conn: Conn, owner: UserId, ewkt: str) -> None:
    """What comes past the library is checked too: an empty point or one that is not a number is refused."""
    with pytest.raises(psycopg.errors.CheckViolation, match="profiles_location_check"):
        conn.execute("update exchange.profiles set location = %s where user_id = %s", [ewkt, owner])


def years_between(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@in_one_database
@given(born=st.dates(date(1900, 1, 1), today() - timedelta(days=1)))
def test_age_is_in_full_years(conn: Conn, born: date) -> None:
    """Whatever the birth date, whatever the session's time zone."""
    conn.execute("set timezone to 'Pacific/Kiritimati'")
    with conn.transaction(force_rollback=True):
        day = today()
        profile = profiles.create_profile(conn, user_id=add_user(conn), name="x", birth_date=born)
        assert profile.age in {years_between(born, day), years_between(born, today())}


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2020-02-29", "2021-02-28", 0),
        ("2020-02-29", "2021-03-01", 1),
        ("2020-02-29", "2024-02-29", 4),
        ("2020-03-01", "2021-02-28", 0),
        ("2020-12-31", "2021-01-01", 0),
        ("2020-05-05", "2030-05-05", 10),
    ],
)
def test_birthdays(conn: Conn, born: str, day: str, age: int) -> None:
    """The expression behind the age, on days that matter."""
    row = conn.execute("select pg_get_function_sqlbody('exchange.age_in_years'::regproc)").fetchone()
    assert row is not None
    body: Any = row[0].removeprefix("RETURN ").replace("now()", "%s::timestamptz").replace("birth_date", "%s::date")
    assert conn.execute("select " + body, [f"{day} 00:00Z", born]).fetchone() == (age,)


visible_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
points = st.builds(
    Point,
    longitude=st.floats(-180, 180, allow_nan=False),
    latitude=st.floats(-90, 90, allow_nan=False),
)


@in_one_database
@given(
    fields=st.fixed_dictionaries(
        {
            "name": visible_text.map(lambda text: f"x{text}"[:100]),
            "birth_date": st.none() | st.dates(date(1900, 1, 1), today()),
            "bio": st.none() | visible_text,
            "pronouns": st.none() | visible_text.map(lambda text: text[:100]),
            "image_url": st.none() | visible_text.map(lambda text: text[:255]),
            "location_name": st.none() | visible_text.map(lambda text: text[:255]),
            "location": st.none() | points,
            "activity_level": st.none() | st.sampled_from(ActivityLevel),
        }
    )
)
def test_profiles_survive_the_round_trip(conn: Conn, fields: dict[str, Any]) -> None:
    """Any content comes back as it was, to the last bit of a coordinate, and the record survives its own dump."""
    with conn.transaction(force_rollback=True):
        profile = profiles.create_profile(conn, user_id=add_user(conn), **fields)
        assert {name: getattr(profile, name) for name in fields} == fields
        assert profiles.get_profile(conn, user_id=profile.user_id) == profile
        assert Profile.model_validate_json(profile.model_dump_json()) == profile


def test_deleting_a_profile_keeps_the_account(conn: Conn, owner: UserId) -> None:
    """Photos, prompts and preferences go with it; a new profile starts afresh."""
    profiles.add_photo(conn, user_id=owner, url="x")
    profiles.add_prompt(conn, user_id=owner, question="x", answer="x")
    before = profiles.get_profile(conn, user_id=owner)
    assert profiles.delete_profile(conn, user_id=owner) == before
    assert accounts.get_user(conn, user_id=owner).user_id == owner
    profiles.create_profile(conn, user_id=owner, name="Rex")
    fresh = profiles.get_full_profile(conn, user_id=owner)
    assert (fresh.photos, fresh.prompts) == ([], [])
    assert conn.execute("select count(*) from exchange.photos, exchange.prompts").fetchone() == (0,)


# --- preferences -----------------------------------------------------------------------------------------


def test_ages_beside_the_defaults_change_one_by_one(conn: Conn, owner: UserId) -> None:
    """What is given has to fit what is stored, and not the defaults of 0 and 20 years."""
    profiles.set_preferences(conn, user_id=owner, min_age=25, max_age=50)
    assert profiles.set_preferences(conn, user_id=owner, min_age=30).max_age == 50
    assert profiles.set_preferences(conn, user_id=owner, max_age=40).min_age == 30
    with pytest.raises(InvalidValue, match="the oldest age is not below the youngest"):
        profiles.set_preferences(conn, user_id=owner, max_age=20)


def test_preferences_change_field_by_field(conn: Conn, owner: UserId) -> None:
    """What is given is kept, what is left out stays; where there were none, it gets its default."""
    given = profiles.set_preferences(
        conn,
        user_id=owner,
        min_age=1,
        max_age=150,
        max_distance_m=0.1,
        distance_unit=DistanceUnit.KILOMETERS,
        activity_level=ActivityLevel.LOW,
    )
    assert profiles.get_preferences(conn, user_id=owner) == given
    assert (given.min_age, given.max_age, given.max_distance_m) == (1, 150, 0.1)
    assert (given.distance_unit, given.activity_level) == (DistanceUnit.KILOMETERS, ActivityLevel.LOW)
    others: dict[str, Any] = {
        "min_age": 2,
        "max_age": 140,
        "max_distance_m": 0.2,
        "distance_unit": DistanceUnit.MILES,
        "activity_level": ActivityLevel.HIGH,
    }
    for field, value in others.items():
        given = given.model_copy(update={field: value})
        one: dict[str, Any] = {field: value}
        assert profiles.set_preferences(conn, user_id=owner, **one) == given
    assert profiles.set_preferences(conn, user_id=owner) == given
    conn.execute("delete from exchange.preferences where user_id = %s", [owner])
    again = profiles.set_preferences(conn, user_id=owner, max_age=15)
    assert again.model_dump() == {
        "user_id": owner,
        "min_age": 0,
        "max_age": 15,
        "max_distance_m": 40_233.6,
        "distance_unit": DistanceUnit.MILES,
        "activity_level": ActivityLevel.MEDIUM,
    }


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"min_age": -1}, "preferences_min_age_check"),
        ({"min_age": 5, "max_age": 4}, "preferences_max_age_check"),
        ({"min_age": 21}, "preferences_max_age_check"),
        ({"max_age": 151}, "preferences_max_age_check"),
        ({"max_distance_m": 0.0}, "preferences_max_distance_m_check"),
        ({"max_distance_m": -1.0}, "preferences_max_distance_m_check"),
        ({"max_distance_m": float("inf")}, "preferences_max_distance_m_check"),
        ({"max_distance_m": float("nan")}, "preferences_max_distance_m_check"),
        ({"max_age": 2**31}, None),
    ],
)
def test_preferences_have_limits(conn: Conn, owner: UserId, fields: dict[str, Any], constraint: str | None) -> None:
    """Impossible ranges and distances are refused and change nothing."""
    before = profiles.get_preferences(conn, user_id=owner)
    with pytest.raises(InvalidValue) as caught:
        profiles.set_preferences(conn, user_id=owner, **fields)
    assert caught.value.constraint == constraint
    assert profiles.get_preferences(conn, user_id=owner) == before


@in_one_database
@given(metres=st.floats(min_value=0, exclude_min=True, allow_infinity=False))
def test_distances_survive_the_round_trip(conn: Conn, metres: float) -> None:
    """Every positive finite number, also through the JSON of the full profile."""
    with conn.transaction(force_rollback=True):
        user_id = add_user(conn)
        profiles.create_profile(conn, user_id=user_id, name="x")
        assert profiles.set_preferences(conn, user_id=user_id, max_distance_m=metres).max_distance_m == metres
        assert profiles.get_full_profile(conn, user_id=user_id).preferences.max_distance_m == metres


# --- the full profile ------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
@pytest.mark.parametrize("texts", [["plain"], [], ['"', "\\", "{}", "\x1f\x7f", "🐕\u2028", "null", ""]])
def test_the_full_profile_is_the_sum_of_its_parts(conn: Conn, owner: UserId, zone: str, texts: list[str]) -> None:
    """One round trip gives what five give, in every session, and its dump is the same text."""
    for text in texts:
        profiles.add_photo(conn, user_id=owner, url=f"x{text}")
        profiles.add_prompt(conn, user_id=owner, question=f"x{text}", answer=text)
    conn.execute("select set_config('timezone', %s, false)", [zone])
    whole = profiles.get_full_profile(conn, user_id=owner)
    parts = FullProfile(
        **dict(profiles.get_profile(conn, user_id=owner)),
        photos=profiles.list_photos(conn, user_id=owner),
        prompts=profiles.list_prompts(conn, user_id=owner),
        preferences=profiles.get_preferences(conn, user_id=owner),
    )
    assert whole == parts
    assert [photo.position for photo in whole.photos] == [*range(1, len(texts) + 1)]
    assert [prompt.answer for prompt in whole.prompts] == texts
    assert FullProfile.model_validate_json(whole.model_dump_json()) == whole


# --- photos and prompts, one behaviour ---------------------------------------------------------------------


class Photos:
    """What the order of photos and that of prompts have in common, said with photos."""

    sentence = "a new order names every photo of the profile exactly once"

    @staticmethod
    def add(db: Conn | Pool, owner: UserId, text: str) -> int:
        return profiles.add_photo(db, user_id=owner, url=text).photo_id

    @staticmethod
    def rows(db: Conn | Pool, owner: UserId) -> list[tuple[int, int]]:
        return [(photo.photo_id, photo.position) for photo in profiles.list_photos(db, user_id=owner)]

    @staticmethod
    def delete(db: Conn | Pool, row_id: int) -> Photo | Prompt:
        return profiles.delete_photo(db, photo_id=PhotoId(row_id))

    @staticmethod
    def reorder(db: Conn | Pool, owner: UserId, row_ids: list[int]) -> list[int]:
        order = profiles.reorder_photos(db, user_id=owner, photo_ids=[PhotoId(each) for each in row_ids])
        assert order.user_id == owner
        return [*order.photo_ids]


class Prompts(Photos):
    """The same, said with prompts."""

    sentence = "a new order names every prompt of the profile exactly once"

    @staticmethod
    def add(db: Conn | Pool, owner: UserId, text: str) -> int:
        return profiles.add_prompt(db, user_id=owner, question=text, answer="").prompt_id

    @staticmethod
    def rows(db: Conn | Pool, owner: UserId) -> list[tuple[int, int]]:
        return [(prompt.prompt_id, prompt.position) for prompt in profiles.list_prompts(db, user_id=owner)]

    @staticmethod
    def delete(db: Conn | Pool, row_id: int) -> Photo | Prompt:
        return profiles.delete_prompt(db, prompt_id=PromptId(row_id))

    @staticmethod
    def reorder(db: Conn | Pool, owner: UserId, row_ids: list[int]) -> list[int]:
        order = profiles.reorder_prompts(db, user_id=owner, prompt_ids=[PromptId(each) for each in row_ids])
        assert order.user_id == owner
        return [*order.prompt_ids]


both = pytest.mark.parametrize("kind", [Photos, Prompts])
Kind = type[Photos]


@both
def test_positions_follow_every_change(conn: Conn, owner: UserId, kind: Kind) -> None:
    """New ones come last, a reorder is kept, those after a deleted one move up, and the profile is touched."""
    before = profiles.get_profile(conn, user_id=owner).updated_at
    a, b, c = (kind.add(conn, owner, text) for text in "abc")
    assert kind.rows(conn, owner) == [(a, 1), (b, 2), (c, 3)]
    assert kind.reorder(conn, owner, [c, a, b]) == [c, a, b]
    assert kind.rows(conn, owner) == [(c, 1), (a, 2), (b, 3)]
    assert kind.delete(conn, a).position == 2
    assert kind.rows(conn, owner) == [(c, 1), (b, 2)]
    d = kind.add(conn, owner, "d")
    assert kind.rows(conn, owner) == [(c, 1), (b, 2), (d, 3)]
    assert profiles.get_profile(conn, user_id=owner).updated_at > before
    with pytest.raises(NotFound):
        kind.delete(conn, a)


@both
def test_an_order_that_is_not_a_permutation_is_refused(conn: Conn, owner: UserId, kind: Kind) -> None:
    """Too few, too many, doubled, someone else's or made-up ids: refused with a sentence, order unchanged."""
    stranger = add_user(conn, "bob")
    profiles.create_profile(conn, user_id=stranger, name="Bob")
    theirs = kind.add(conn, stranger, "theirs")
    a, b = kind.add(conn, owner, "a"), kind.add(conn, owner, "b")
    for wrong in ([], [a], [a, a], [a, b, a], [a, b, theirs], [a, theirs], [a, 2**63 - 1], [a, -1]):
        with pytest.raises(InvalidValue) as caught:
            kind.reorder(conn, owner, wrong)
        assert caught.value.sentence == kind.sentence
    assert kind.rows(conn, owner) == [(a, 1), (b, 2)]
    assert kind.reorder(conn, owner, [b, a]) == [b, a]


def test_limits_of_photos_and_prompts(conn: Conn, owner: UserId) -> None:
    """Blank or too long texts are refused; the limits themselves and an empty answer are not."""
    prompt = profiles.add_prompt(conn, user_id=owner, question="x" * 500, answer="")
    profiles.add_photo(conn, user_id=owner, url="x" * 500)
    for text in ("", "\u200b", "x" * 501, "x" * 1_000_000):
        for call, constraint in (
            (lambda text=text: profiles.add_photo(conn, user_id=owner, url=text), "photos_url_check"),
            (
                lambda text=text: profiles.add_prompt(conn, user_id=owner, question=text, answer="x"),
                "prompts_question_check",
            ),
            (
                lambda text=text: profiles.update_prompt(conn, prompt_id=prompt.prompt_id, question=text, answer="x"),
                "prompts_question_check",
            ),
        ):
            with pytest.raises(InvalidValue) as caught:
                call()
            assert caught.value.constraint == constraint
    assert profiles.list_prompts(conn, user_id=owner) == [prompt]
    assert len(profiles.list_photos(conn, user_id=owner)) == 1


def test_update_prompt_keeps_the_place(conn: Conn, owner: UserId) -> None:
    """The text changes, the position does not."""
    first, second = (profiles.add_prompt(conn, user_id=owner, question=text, answer=text) for text in "ab")
    assert profiles.update_prompt(conn, prompt_id=second.prompt_id) == second
    assert profiles.update_prompt(conn, prompt_id=second.prompt_id, question="B").answer == second.answer
    assert profiles.update_prompt(conn, prompt_id=second.prompt_id, answer="!").question == "B"
    changed = profiles.update_prompt(conn, prompt_id=second.prompt_id, question="B", answer="")
    assert changed == second.model_copy(update={"question": "B", "answer": ""})
    assert profiles.list_prompts(conn, user_id=owner) == [first, changed]
    with pytest.raises(NotFound):
        profiles.update_prompt(conn, prompt_id=PromptId(2**63 - 1), question="x", answer="x")


@both
def test_any_sequence_of_calls_is_like_a_list(conn: Conn, kind: Kind) -> None:
    """Against a plain Python list: after every step the same items, positions from 1 without gap or duplicate."""

    class Order(RuleBasedStateMachine):
        items: Bundle[int] = Bundle("items")

        def __init__(self) -> None:
            super().__init__()
            self.owner = add_user(conn)
            profiles.create_profile(conn, user_id=self.owner, name="x")
            self.model: list[int] = []

        @rule(target=items)
        def add(self) -> int:
            row_id = kind.add(conn, self.owner, "x")
            self.model.append(row_id)
            return row_id

        @rule(item=consumes(items))
        def delete(self, item: int) -> None:
            assert kind.delete(conn, item).position == self.model.index(item) + 1
            self.model.remove(item)

        @rule(data=st.data())
        def reorder(self, data: st.DataObject) -> None:
            order = data.draw(st.permutations(self.model))
            assert kind.reorder(conn, self.owner, order) == order
            self.model = order

        @rule(data=st.data())
        def reorder_wrongly(self, data: st.DataObject) -> None:
            known = [*self.model, 0]
            order = data.draw(st.lists(st.sampled_from(known), max_size=len(known) + 1))
            if sorted(order) != sorted(self.model):
                with pytest.raises(InvalidValue):
                    kind.reorder(conn, self.owner, order)

        @invariant()
        def same(self) -> None:
            assert kind.rows(conn, self.owner) == [(item, n) for n, item in enumerate(self.model, start=1)]

        def teardown(self) -> None:
            accounts.delete_user(conn, user_id=self.owner)

    run_state_machine_as_test(Order, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))


@both
def test_a_change_of_order_is_nobody_elses(conn: Conn, owner: UserId, kind: Kind) -> None:
    """Adding, reordering and deleting leave the profiles of others alone, their updated_at included."""
    other = add_user(conn, "other")
    profiles.create_profile(conn, user_id=other, name="x")
    kind.add(conn, other, "x")
    before = profiles.get_full_profile(conn, user_id=other)
    a, b = kind.add(conn, owner, "a"), kind.add(conn, owner, "b")
    kind.reorder(conn, owner, [b, a])
    kind.delete(conn, a)
    assert profiles.get_full_profile(conn, user_id=other) == before


# --- races -----------------------------------------------------------------------------------------------


@pytest.fixture
def other(database_url: str) -> Generator[Conn]:
    """A second connection to the same database."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def stored_ids(conn: Conn, kind: Kind) -> list[int]:
    """The ids in the table itself, whatever the order says."""
    statement = sql.SQL("select id from exchange.{} order by id").format(sql.Identifier(kind.__name__.lower()))
    return [row[0] for row in conn.execute(statement)]


@both
def test_racing_callers_never_break_the_order(conn: Conn, pool: Pool, owner: UserId, kind: Kind) -> None:
    """Eight callers add, delete and reorder at once: whatever wins, positions have no gap and nothing is lost."""
    start = [kind.add(conn, owner, "x") for _ in range(4)]

    def attempt(number: int) -> int:
        for step in range(12):
            with suppress(NotFound, InvalidValue):
                if (number + step) % 3 == 0:
                    kind.add(pool, owner, "y")
                elif (number + step) % 3 == 1:
                    kind.reorder(pool, owner, [each for each, _ in reversed(kind.rows(pool, owner))])
                elif rows := kind.rows(pool, owner):
                    kind.delete(pool, rows[number % len(rows)][0])
        return number

    outcomes = all_at_once(8, attempt)
    assert [each for each in outcomes if isinstance(each, ExchangeError)] == []
    rows = kind.rows(conn, owner)
    assert [position for _, position in rows] == [*range(1, len(rows) + 1)]
    assert sorted(row_id for row_id, _ in rows) == stored_ids(conn, kind)
    assert max(stored_ids(conn, kind), default=0) > max(start)


@both
def test_one_is_deleted_once(conn: Conn, pool: Pool, owner: UserId, kind: Kind) -> None:
    """Of many callers who delete the same one, one gets it and the others find none."""
    a, b = kind.add(conn, owner, "a"), kind.add(conn, owner, "b")
    outcomes = all_at_once(6, lambda _: kind.delete(pool, a))
    assert sum(isinstance(each, NotFound) for each in outcomes) == 5
    assert sum(isinstance(each, Photo | Prompt) for each in outcomes) == 1
    assert kind.rows(conn, owner) == [(b, 1)]


def in_the_middle(conn: Conn, first: Callable[[Conn], object], second: Callable[[], object]) -> object | ExchangeError:
    """The outcome of ``second``, which starts while ``first`` is not committed, and waits for it."""
    with (
        ThreadPoolExecutor(1) as threads,
        psycopg.Connection[Any].connect(conn.info.dsn, password=conn.info.password) as earlier,
    ):
        first(earlier)
        future = threads.submit(second)
        wait_until_blocked(conn)
        earlier.commit()
        try:
            return future.result(timeout=10)
        except ExchangeError as error:
            return error


@both
def test_who_waits_sees_what_was_done_meanwhile(conn: Conn, other: Conn, owner: UserId, kind: Kind) -> None:
    """A statement's snapshot is older than the lock it waits for; the order it then changes is not."""
    a, b = kind.add(conn, owner, "a"), kind.add(conn, owner, "b")
    in_the_middle(conn, lambda first: kind.add(first, owner, "c"), lambda: kind.add(other, owner, "d"))
    *_, c, d = [row_id for row_id, _ in kind.rows(conn, owner)]
    stale = in_the_middle(conn, lambda first: kind.delete(first, c), lambda: kind.reorder(other, owner, [d, c, b, a]))
    assert isinstance(stale, InvalidValue)
    moved = in_the_middle(conn, lambda first: kind.reorder(first, owner, [d, a, b]), lambda: kind.delete(other, a))
    assert isinstance(moved, Photo | Prompt)
    assert moved.position == 2
    gone = in_the_middle(conn, lambda first: kind.delete(first, b), lambda: kind.delete(other, b))
    assert isinstance(gone, NotFound)
    assert kind.rows(conn, owner) == [(d, 1)]
    lost = in_the_middle(
        conn,
        lambda first: profiles.delete_profile(first, user_id=owner),
        lambda: kind.add(other, owner, "e"),
    )
    assert isinstance(lost, MissingReference)
    assert stored_ids(conn, kind) == []


def test_deleting_profiles_and_photos_at_once_makes_no_deadlock(conn: Conn, pool: Pool) -> None:
    """Both lock the profile before its photos, so neither waits for the other's second lock."""
    for number in range(10):
        owner = add_user(conn, f"u{number}")
        profiles.create_profile(conn, user_id=owner, name="x")
        photos = [Photos.add(conn, owner, "x") for _ in range(3)]

        def attempt(caller: int, owner: UserId = owner, photos: list[int] = photos) -> object:
            if caller == 3:
                threading.Event().wait(0.002)
                return profiles.delete_profile(pool, user_id=owner)
            return Photos.delete(pool, photos[caller])

        outcomes = all_at_once(4, attempt)
        assert {type(each) for each in outcomes if isinstance(each, ExchangeError)} <= {NotFound}
    assert stored_ids(conn, Photos) == []


# --- plans -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_one_profile_costs_the_same_among_many(conn: Conn, mode: LiteralString) -> None:
    """With 20,000 profiles, 60,000 photos and prompts, a profile is read through primary keys alone."""
    conn.execute("""
        insert into exchange.users (email, password_hash)
        select n || '@example.org', 'hash' from generate_series(1, 20000) as n;
        insert into exchange.profiles (user_id, name, photo_order, prompt_order)
        select n, 'x', array[n, n + 20000, n + 40000], array[n + 40000, n, n + 20000]
        from generate_series(1, 20000) as n;
        insert into exchange.preferences (user_id) select n from generate_series(1, 20000) as n;
        insert into exchange.photos (user_id, url)
        select 1 + (n - 1) % 20000, 'x' from generate_series(1, 60000) as n;
        insert into exchange.prompts (user_id, question, answer)
        select 1 + (n - 1) % 20000, 'x', 'x' from generate_series(1, 60000) as n;
        analyze
    """)
    conn.execute("set plan_cache_mode = " + mode)
    for plan, rows in [
        (explain(conn, profiles.get_profile, "77"), 1),
        (explain(conn, profiles.get_preferences, "77"), 1),
        (explain(conn, profiles.list_photos, "77"), 4),
        (explain(conn, profiles.list_prompts, "77"), 4),
        (explain(conn, profiles.get_full_profile, "77"), 8),
        (explain(conn, profiles.delete_photo, "20077"), 4),
        (explain(conn, profiles.reorder_photos, "{40077,20077,77}", "77"), 1),
    ]:
        assert "Seq Scan" not in plan.nodes, plan.text
        assert plan.rows_read <= rows, plan.text
