"""Who teaches, and who fits whom: against plain Python in small worlds, and the plans in a large one."""

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exchange_db import accounts, profiles, skills
from exchange_db.errors import Refused
from exchange_db.skills import Partner, Teacher
from exchange_db.types import Point, UserId
from tests.database.pages import walked
from tests.database.plans import MODES, Plan, explain
from tests.database.skill_worlds import NOBODY, Conn, add_user, check_reputations, converse

in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)

# --- small worlds ----------------------------------------------------------------------------------------

EAST = [0, 1, 4, 6]
"""No two of these are as far apart as two others: distances, though between cells, are in one order only."""
CELLS = [Point(longitude=13.4 + east / 20, latitude=52.5) for east in EAST]
SKILLS = ["Go", "Chess", "Piano", "Yoga"]


@dataclass
class Person:
    """One user as plain Python knows them."""

    offers: list[str]
    wants: list[str]
    cell: int | None
    is_active: bool
    user_id: UserId = NOBODY
    stars: list[int] = field(default_factory=list[int])

    @property
    def score(self) -> float:
        return (15 + sum(self.stars)) / (5 + len(self.stars))


people = st.builds(
    Person,
    offers=st.lists(st.sampled_from(SKILLS), unique=True, max_size=3),
    wants=st.lists(st.sampled_from(SKILLS), unique=True, max_size=3),
    cell=st.none() | st.integers(0, len(CELLS) - 1),
    is_active=st.sampled_from([True, True, True, False]),
)


@dataclass
class World:
    people: list[Person]
    ratings: dict[tuple[int, int], int]
    blocks: set[tuple[int, int]]

    def build(self, conn: Conn) -> None:
        for number, person in enumerate(self.people):
            person.user_id = add_user(conn, f"u{number}")
            person.stars = []
            skills.set_skills(
                conn,
                user_id=person.user_id,
                skills_to_offer=[skill.upper() if number % 2 else skill for skill in person.offers],
                skills_to_learn=person.wants,
            )
            if person.cell is not None:
                profiles.create_profile(conn, user_id=person.user_id, name="x", location=CELLS[person.cell])
            if not person.is_active:
                accounts.deactivate_user(conn, user_id=person.user_id)
        conversations: dict[frozenset[int], Any] = {}
        for (rater, rated), stars in self.ratings.items():
            one, other = self.people[rater], self.people[rated]
            key = frozenset((rater, rated))
            if key not in conversations:
                conversations[key] = converse(conn, one.user_id, other.user_id)
            skills.rate_user(
                conn,
                rater_id=one.user_id,
                rated_id=other.user_id,
                conversation_id=conversations[key],
                stars=stars,
            )
            other.stars.append(stars)
        for blocker, blocked in self.blocks:
            blocking, target = self.people[blocker].user_id, self.people[blocked].user_id
            conn.execute(
                "insert into exchange.pairs (low_id, high_id, low_blocks, high_blocks) values (%s, %s, %s, %s) "
                "on conflict (low_id, high_id) do update set low_blocks = pairs.low_blocks or excluded.low_blocks, "
                "high_blocks = pairs.high_blocks or excluded.high_blocks",
                [min(blocking, target), max(blocking, target), blocking < target, blocking > target],
            )

    def others(self, me: int) -> list[Person]:
        """Whom a user may meet."""
        return [
            person
            for number, person in enumerate(self.people)
            if person.is_active and number != me and not self.blocks & {(me, number), (number, me)}
        ]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    crowd = draw(st.lists(people, min_size=2, max_size=8))
    pair = st.tuples(st.integers(0, len(crowd) - 1), st.integers(0, len(crowd) - 1)).filter(lambda p: p[0] != p[1])
    return World(crowd, draw(st.dictionaries(pair, st.integers(1, 5), max_size=8)), draw(st.sets(pair, max_size=3)))


def crowd_of_one_mind(blocks: set[tuple[int, int]]) -> World:
    """Everybody fits everybody, so that ratings, blocks and places alone decide."""
    cells = [0, 3, 2, None, 1, None]
    crowd = [Person(["Go", "Chess"], ["Go"], cell, is_active=number != 4) for number, cell in enumerate(cells)]
    return World(crowd, {(0, 1): 1, (0, 2): 5, (1, 3): 5, (2, 5): 3}, blocks)


def apart(one: Person, other: Person) -> float | None:
    """How many twentieths of a degree lie between them, where both places are known."""
    return None if one.cell is None or other.cell is None else abs(EAST[one.cell] - EAST[other.cell])


def far(distance: float | None) -> float:
    return math.inf if distance is None else distance


def check_record(row: Teacher | Partner, person: Person, me: Person) -> None:
    assert row.user_id == person.user_id
    assert (row.score, row.rating_count) == (person.score, len(person.stars))
    assert row.average_rating == (sum(person.stars) / len(person.stars) if person.stars else None)
    assert (row.name is None) == (person.cell is None)
    distance = apart(me, person)
    if distance is None:
        assert row.distance_m is None
    else:
        assert row.distance_m == pytest.approx(distance * 3385, abs=700), "cells are 550 m wide"


@in_one_database
@given(world=worlds(), limit=st.integers(1, 9))
@example(world=crowd_of_one_mind(set()), limit=2)
@example(world=crowd_of_one_mind({(0, 1), (2, 3), (5, 0), (3, 2)}), limit=9)
def test_partners_are_ranked(conn: Conn, world: World, limit: int) -> None:
    """Against plain Python: skills in common both ways, then rating, then distance, then newest; with their names."""
    with conn.transaction(force_rollback=True):
        world.build(conn)
        for number, me in enumerate(world.people):
            fitting = [
                person
                for person in world.others(number)
                if {*person.offers} & {*me.wants} and {*person.wants} & {*me.offers}
            ]

            def overlap(person: Person, me: Person = me) -> int:
                return len({*person.offers} & {*me.wants}) + len({*person.wants} & {*me.offers})

            fitting.sort(
                key=lambda person, me=me, overlap=overlap: (  # type: ignore[misc]
                    -overlap(person),
                    -person.score,
                    far(apart(me, person)),
                    -person.user_id,
                )
            )
            rows = skills.list_partners(conn, user_id=me.user_id, limit=limit)
            assert [row.user_id for row in rows] == [person.user_id for person in fitting[:limit]]
            for row, person in zip(rows, fitting, strict=False):
                check_record(row, person, me)
                assert row.overlap == overlap(person)
                assert [skill.casefold() for skill in row.can_teach] == [
                    skill.casefold() for skill in person.offers if skill in me.wants
                ]
                assert row.wants_to_learn == [skill for skill in person.wants if skill in me.offers]


@in_one_database
@given(world=worlds(), skill=st.sampled_from([*SKILLS, " go", "PIANO"]), limit=st.integers(1, 9))
@example(world=crowd_of_one_mind(set()), skill="go", limit=2)
@example(world=crowd_of_one_mind({(0, 1), (2, 3), (5, 0), (3, 2)}), skill="chess", limit=9)
def test_teachers_are_ranked(conn: Conn, world: World, skill: str, limit: int) -> None:
    """Against plain Python, in pages of any size: best-rated first, or nearest first; also for nobody in particular."""
    with conn.transaction(force_rollback=True):
        world.build(conn)

        def teaching(me: int) -> list[Person]:
            return [
                person
                for person in world.others(me)
                if skill.strip().casefold() in [offer.casefold() for offer in person.offers]
            ]

        def best(viewer_id: UserId | None) -> list[Teacher]:
            return walked(skills.list_teachers, conn, limit, skill=skill, viewer_id=viewer_id)

        def nearest(viewer_id: UserId) -> list[Teacher]:
            rows: list[Teacher] = []
            while page := skills.list_nearest_teachers(
                conn,
                skill=skill,
                viewer_id=viewer_id,
                after_distance_m=rows[-1].distance_m if rows else None,
                after_user_id=rows[-1].user_id if rows else None,
                limit=limit,
            ):
                rows += page
            return rows

        for number, me in enumerate(world.people):
            expected = sorted(teaching(number), key=lambda person: (-person.score, -person.user_id))
            rows = best(me.user_id)
            assert [row.user_id for row in rows] == [person.user_id for person in expected]
            for row, person in zip(rows, expected, strict=True):
                check_record(row, person, me)
            if me.cell is None:
                with pytest.raises(Refused) as refused, conn.transaction():
                    nearest(me.user_id)
                assert refused.value.sentence == "teachers near you need a location in your profile"
                continue
            expected = sorted(
                (person for person in teaching(number) if person.cell is not None),
                key=lambda person, me=me: (far(apart(me, person)), person.user_id),  # type: ignore[misc]
            )
            rows = nearest(me.user_id)
            assert [row.user_id for row in rows] == [person.user_id for person in expected]
            for row, person in zip(rows, expected, strict=True):
                check_record(row, person, me)
        nobodys = sorted(teaching(-1), key=lambda person: (-person.score, -person.user_id))
        for viewer_id in (None, NOBODY):
            rows = best(viewer_id)
            assert [row.user_id for row in rows] == [person.user_id for person in nobodys]
            assert {row.distance_m for row in rows} <= {None}


def test_distances_tell_the_cell_only(conn: Conn) -> None:
    """Wherever in a cell a teacher is, and wherever in theirs the viewer: the same number, also none at all."""
    seen: set[float | None] = set()
    me, you = add_user(conn, "me"), add_user(conn, "you")
    for user_id, wants in ((me, ["Go"]), (you, ["Chess"])):
        skills.set_skills(conn, user_id=user_id, skills_to_offer=["Go", "Chess"], skills_to_learn=wants)
        profiles.create_profile(conn, user_id=user_id, name="x")
    for step in range(10):
        for user_id, where in ((me, 52.5001), (you, 52.6001)):
            conn.execute(
                "update exchange.profiles set location = st_makepoint(13.4, %s) where user_id = %s",
                [where + step * 0.0004, user_id],
            )
        seen |= {row.distance_m for row in skills.list_nearest_teachers(conn, skill="go", viewer_id=me)}
        seen |= {row.distance_m for row in skills.list_teachers(conn, skill="go", viewer_id=me)}
        seen |= {row.distance_m for row in skills.list_partners(conn, user_id=me)}
    assert len(seen) == 1
    assert None not in seen


# --- at scale --------------------------------------------------------------------------------------------

LOAD: LiteralString = """
    select setseed(0.5);
    insert into exchange.users (email, password_hash, is_active)
    select n || '@example.org', 'hash', n % 50 <> 0 from generate_series(1, {users}) as n;
    insert into exchange.profiles (user_id, name, location)
    select n, 'x', st_makepoint(13.4 + (random() + random() - 1) * 2, 52.5 + random() + random() - 1)
    from generate_series(1, {users}) as n where n % 5 > 0;
    drop index exchange.skill_sets_offer_keys_idx;
    insert into exchange.skill_sets (user_id, skills_to_offer, skills_to_learn)
    select n, array_agg(distinct offer), array_agg(distinct wish)
    from (
      select
        n,
        -- Word frequencies: a sixth of all offer the first, a handful the last of 20,000.
        'skill ' || exp(ln(20000) * random() ^ 0.8)::int as offer,
        'skill ' || exp(ln(20000) * random() ^ 0.8)::int as wish
      from generate_series(1, {users}) as n, generate_series(1, 4)
    ) as picked group by n;
    create index skill_sets_offer_keys_idx on exchange.skill_sets using gin (offer_keys, learn_keys)
    with (fastupdate = false);
    insert into exchange.conversations (low_id, high_id)
    select n, n + 1 + n % 7 from generate_series(1, {users} - 10, 3) as n;
    insert into exchange.participants (conversation_id, user_id)
    select id, unnest(array[low_id, high_id]) from exchange.conversations;
    insert into exchange.ratings (rater_id, rated_id, conversation_id, stars)
    select low_id, high_id, id, 1 + (random() * 4)::int from exchange.conversations;
    insert into exchange.pairs (low_id, high_id, low_blocks)
    select n, n + 3, n % 2 = 0 from generate_series(1, {users} - 10, 5) as n;
    analyze
"""


def load(conn: Conn, users: int) -> None:
    conn.execute(LOAD.replace("{users}", str(users)).encode())


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[Conn]:
    """20,000 users, 4 offers and 4 wishes each, as rare and as common as words."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        load(conn, 20_000)
        yield conn


def check(plan: Plan, rows_read: int, *indexes: str) -> None:
    assert "Seq Scan" not in plan.nodes, plan.text
    assert {*indexes} <= plan.indexes, plan.text
    assert "ratings" not in plan.text.replace("reputations", ""), plan.text
    assert plan.rows_read <= rows_read, plan.text
    assert plan.cost < 100_000, plan.text


def check_plans(conn: Conn, users: int) -> None:
    """Common, middling and rare skills, with and without knowledge of the values."""
    gin, scores, area = "skill_sets_offer_keys_idx", "reputations_score_idx", "profiles_area_idx"
    (viewer,) = one(
        conn, "select min(user_id) from exchange.profiles join exchange.users on id = user_id and is_active"
    )
    (eager,) = one(
        conn,
        "select min(user_id) from exchange.skill_sets where offer_keys @> '{SKILL 1}' and learn_keys @> '{SKILL 1}'",
    )
    for skill, rides_gin in (("skill 1", False), ("skill 300", True), ("skill 19999", True), ("none", True)):
        for limit in (20, 100):
            most = 50 * limit * 3 + users // 10
            for variant, edge in (
                ("first page", ()),
                ("next page", ("3", str(users // 2))),
                ("previous page", ("3", str(users // 2))),
            ):
                best = explain(conn, skills.list_teachers, skill, str(viewer), *edge, str(limit), variant=variant)
                check(best, most, scores, *([gin] if rides_gin else []))
                assert (gin in best.indexes) == rides_gin, best.text
            near = explain(conn, skills.list_nearest_teachers, skill, None, None, str(viewer), str(limit))
            check(near, most, area, *([gin] if rides_gin else []))
            assert (gin in near.indexes) == rides_gin
    partners = explain(conn, skills.list_partners, str(eager), "20")
    (candidates,) = one(
        conn,
        f"select count(*) from exchange.skill_sets as c, exchange.skill_sets as me where me.user_id = {eager} "
        "and c.offer_keys && me.learn_keys and c.learn_keys && me.offer_keys",
    )
    check(partners, candidates + 2_000, gin)
    check(explain(conn, skills.get_skills, str(viewer)), 3)
    check(explain(conn, skills.get_rating_summary, str(viewer)), 2)


def one(conn: Conn, statement: str) -> tuple[Any, ...]:
    row = conn.execute(statement.encode()).fetchone()
    assert row is not None
    return tuple(row)


@pytest.mark.parametrize("mode", MODES)
def test_searches_follow_the_page(crowded: Conn, mode: LiteralString) -> None:
    """Among 20,000: GIN where a skill is rare, a walk along scores or distances where many offer it; ratings unread."""
    crowded.execute("set plan_cache_mode = " + mode)
    check_plans(crowded, 20_000)


def test_the_two_ways_give_the_same_order(crowded: Conn) -> None:
    """Whether a page comes from the walk or from all teachers of the skill: pages of any size tell the same story."""
    (viewer,) = one(
        crowded, "select min(user_id) from exchange.profiles join exchange.users on id = user_id and is_active"
    )
    for skill in ("skill 1", "skill 30"):
        whole = skills.list_teachers(crowded, skill=skill, viewer_id=viewer, limit=100_000).items
        assert (
            len(whole)
            == one(
                crowded,
                f"select count(*) from exchange.skill_sets join exchange.users on id = user_id where is_active "
                f"and offer_keys @> '{{{skill.upper()}}}' and id <> {viewer} and not exists "
                f"(select from exchange.pairs where (low_blocks or high_blocks) "
                f"and {viewer} in (low_id, high_id) and id in (low_id, high_id))",
            )[0]
        )
        assert whole == sorted(whole, key=lambda row: (-row.score, -row.user_id))
        first = skills.list_teachers(crowded, skill=skill, viewer_id=viewer, limit=151)
        assert first.items == whole[:151]
        second = skills.list_teachers(crowded, skill=skill, viewer_id=viewer, limit=5, cursor=first.next)
        assert second.items == whole[151:156]
        back = skills.list_teachers(crowded, skill=skill, viewer_id=viewer, limit=7, cursor=second.previous)
        assert back.items == whole[144:151]
        near = skills.list_nearest_teachers(crowded, skill=skill, viewer_id=viewer, limit=100_000)
        located = [row for row in whole if row.distance_m is not None]
        assert near == sorted(located, key=lambda row: (row.distance_m, row.user_id))
        assert skills.list_nearest_teachers(crowded, skill=skill, viewer_id=viewer, limit=7) == near[:7]


def test_bulk_loads_are_counted(crowded: Conn) -> None:
    """Ratings that come by the thousand in one statement move the counts as single ones do; so does their going."""
    check_reputations(crowded)
    with crowded.transaction(force_rollback=True):
        crowded.execute("update exchange.ratings set stars = 1 + stars % 5 where id % 3 = 0")
        crowded.execute("delete from exchange.conversations where id % 5 = 0")
        crowded.execute("delete from exchange.users where id between 100 and 150")
        check_reputations(crowded)


@pytest.mark.slow
def test_searches_follow_the_page_among_200_000(database_url: str) -> None:
    """The same plans at the size of a large system."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        load(conn, 200_000)
        for mode in MODES:
            conn.execute(f"set plan_cache_mode = {mode}".encode())
            check_plans(conn, 200_000)
