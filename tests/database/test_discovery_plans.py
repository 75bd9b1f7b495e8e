"""How discovery and the lists of matching are executed: with 50,000 profiles, and (slow) with a million."""

from collections.abc import Generator
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from exchange_db import matching
from exchange_db.errors import Refused
from exchange_db.testing.databases import Server
from exchange_db.types import UserId
from tests.database.plans import MODES, Plan, explain

Conn = psycopg.Connection[Any]

SWIPED = 20_000
CROWDED = 1_000

LOAD = """
-- No foreign keys are checked: what is made here is known to be right.
set session_replication_role = replica;
select setseed(0.5);
create temp table city as
select n, random() * 360 - 180 as x, degrees(asin(random() * 1.9 - 0.95)) as y from generate_series(1, 1000) as n;
insert into city values (1001, 13.405, 52.52), (1002, 180, -17), (1003, 0, 90), (1004, 0, 0);
insert into exchange.users (email, password_hash, is_active)
select n || '@example.org', 'hash', n % 50 > 0 from generate_series(1, {many}) as n;
-- A third in Berlin, some on the 180th meridian, around the north pole and at 0, 0; the rest in cities of any size.
insert into exchange.profiles (user_id, name, birth_date, location, activity_level)
select
  place.n,
  'Profile ' || place.n,
  case when place.n % 21 > 0 then current_date - (random() * random() * 40 * 365)::integer end,
  case when place.n % 101 > 0 then st_setsrid(st_makepoint(
    mod((x + (random() + random() - 1) * 0.3 / greatest(cosd(y), 0.001) + 900)::numeric, 360)::float8 - 180,
    -- Over a pole it goes down again on the other side.
    degrees(asin(sind(y + (random() + random() - 1) * 0.2)))
  ), 4326) end,
  (array['low', 'medium', 'high', null])[1 + place.n / 7 % 4]
from (
  select
    n,
    case n % 10 when 0 then 1002 + n / 10 % 3 when 1 then 1001 when 2 then 1001 when 3 then 1001
      else 1 + (999 * random() * random())::integer end as city
  from generate_series(1, {many}) as n
) as place
inner join city on place.city = city.n;
insert into exchange.preferences (user_id, min_age, max_age, max_distance_m, activity_level)
select
  user_id,
  case when user_id % 3 = 0 then 5 else 0 end,
  case when user_id % 4 = 0 then 10 else 100 end,
  5000 + random() * random() * 200000,
  (array['low', 'medium', 'high'])[1 + user_id % 3]
from exchange.profiles;
-- What others have decided: two each, and more about the first users than about the others.
insert into exchange.swipes (actor_id, target_id, action, created_at)
select actor, target, case when (actor + target) % 3 = 0 then 'pass' else 'like' end, now() - target * interval '1 s'
from (
  select distinct 1 + n % {many} as actor, 1 + (random() * random() * ({many} - 1))::bigint as target
  from generate_series(1, {many} * 2) as n
) as swipe
where actor <> target;
insert into exchange.pairs (
  low_id, high_id, low_likes, high_likes, low_swiped_at, high_swiped_at, low_blocks, matched_at
)
select
  low, high, low_likes, high_likes,
  case when low_likes then coalesce(low_at, now()) else low_at end,
  case when high_likes then coalesce(high_at, now()) else high_at end,
  not low_likes and (low + high) % 20 = 0,
  case when low_likes and high_likes then now() - high * interval '1 s' end
from (
  select
    least(actor_id, target_id) as low,
    greatest(actor_id, target_id) as high,
    bool_or(actor_id < target_id and action = 'like') or least(actor_id, target_id) % 10 = 7 as low_likes,
    bool_or(actor_id > target_id and action = 'like') or least(actor_id, target_id) % 10 = 7 as high_likes,
    max(created_at) filter (where actor_id < target_id) as low_at,
    max(created_at) filter (where actor_id > target_id) as high_at
  from exchange.swipes
  group by 1, 2
) as pair;
insert into exchange.conversations (low_id, high_id)
select low_id, high_id from exchange.pairs where matched_at is not null;
reset session_replication_role;
"""


class Crowd:
    """A database with so many profiles, and viewers in special places."""

    def __init__(self, conn: Conn, many: int) -> None:
        self.conn, self.many = conn, many
        self.load()
        self.viewers = {
            "dense city": self.add("POINT(13.405 52.52)"),
            "sea": self.add("POINT(-140 -40)"),
            "pole": self.add("POINT(77 90)"),
            "west of the 180th meridian": self.add("POINT(179.999 -17)"),
            "east of the 180th meridian": self.add("POINT(-179.999 -17)"),
            "20,000 swipes": self.add("POINT(13.405 52.52)"),
            "impossible": self.add("POINT(13.405 52.52)", age=120),
            "impossible, near": self.add("POINT(13.405 52.52)", age=120, max_distance_m=1000),
            "no location": self.add(None),
            "crowded cell": self.add("POINT(-100 -40)"),
        }
        for _ in range(CROWDED):
            self.add("POINT(-100 -40)")
        conn.execute("set session_replication_role = replica")  # as in LOAD
        conn.execute(
            "with swipe as (insert into exchange.swipes (actor_id, target_id, action)"
            " select %(viewer)s, user_id, 'pass'"
            " from (select user_id from exchange.profiles where user_id <> %(viewer)s"
            "   order by area::geometry <-> 'SRID=4326;POINT(13.405 52.52)'::geometry limit %(swiped)s) as nearest"
            " returning actor_id, target_id)"
            " insert into exchange.pairs (low_id, high_id)"
            " select least(actor_id, target_id), greatest(actor_id, target_id) from swipe"
            " on conflict (low_id, high_id) do nothing",
            {"viewer": self.viewers["20,000 swipes"], "swiped": SWIPED},
        )
        conn.execute("reset session_replication_role")
        conn.execute("analyze exchange.users, exchange.profiles, exchange.preferences, exchange.swipes, exchange.pairs")
        conn.execute("analyze exchange.conversations")

    def load(self) -> None:
        """Without the index, which is made afterwards: in a tenth of the time."""
        row = self.conn.execute("select pg_get_indexdef('exchange.profiles_area_idx'::regclass)").fetchone()
        assert row is not None
        self.conn.execute("drop index exchange.profiles_area_idx")
        self.conn.execute(sql.SQL(LOAD).format(many=sql.Literal(self.many)))
        self.conn.execute(row[0])
        self.conn.execute("vacuum exchange.profiles, exchange.swipes")  # as autovacuum does, for index-only scans

    def add(self, location: str | None, *, age: int = 6, max_distance_m: float = 40_000) -> UserId:
        row = self.conn.execute(
            "with newcomer as (insert into exchange.users (email, password_hash)"
            "   values (gen_random_uuid() || '@example.org', 'hash') returning id),"
            " profile as (insert into exchange.profiles (user_id, name, birth_date, location)"
            "   select id, 'Rex', current_date - %s * 366, %s::geography from newcomer returning user_id)"
            " insert into exchange.preferences (user_id, min_age, max_age, max_distance_m)"
            "   select user_id, 0, 100, %s from profile returning user_id",
            [age, location, max_distance_m],
        ).fetchone()
        assert row is not None
        return UserId(row[0])


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(50_000, id="50k"),
        pytest.param(1_000_000, id="1M", marks=pytest.mark.slow),
    ],
)
def loaded(server: Server, template: str, request: pytest.FixtureRequest) -> Generator[Crowd]:
    with server.database(template) as name, psycopg.connect(server.url(name), autocommit=True) as conn:
        yield Crowd(conn, request.param)


@pytest.fixture(params=MODES)
def crowd(loaded: Crowd, request: pytest.FixtureRequest) -> Crowd:
    """The crowded database, planning without knowledge of the values, and with it."""
    mode: LiteralString = request.param
    loaded.conn.execute("set plan_cache_mode = " + mode)
    return loaded


def check(plan: Plan, rows_read: float) -> None:
    """From the index of cells in its order, all else by key: no more rows than that, nothing sorted but the page."""
    assert not {"Seq Scan", "Hash", "Bitmap Heap Scan", "Materialize", "Incremental Sort"} & plan.nodes, plan.text
    assert "areas_area_idx" in plan.indexes, plan.text
    assert plan.indexes <= DISCOVERY, plan.text
    assert plan.rows_read <= rows_read, plan.text
    assert plan.cost < 100_000, plan.text


DISCOVERY = {
    "areas_area_idx",
    "profiles_area_id_idx",
    "profiles_pkey",
    "preferences_pkey",
    "users_pkey",
    "users_is_active_idx",
    "swipes_pkey",
    "pairs_pkey",
}


@pytest.mark.parametrize("place", ["dense city", "pole", "west of the 180th meridian", "east of the 180th meridian"])
@pytest.mark.parametrize("page", [(None, None), ("0", "1"), ("2000", "77")], ids=["first", "second", "third"])
def test_discovery_follows_the_page(crowd: Crowd, place: str, page: tuple[str | None, str | None]) -> None:
    """From the viewer outwards until the page is full, however many live around: as much with 50,000 as with a million.

    Of the cells that the page before lies in and behind, only the cells are read.
    """
    viewer = crowd.viewers[place]
    plan = explain(crowd.conn, matching.discover_profiles, str(viewer), *page, "20")
    check(plan, 1_000)
    assert len(matching.discover_profiles(crowd.conn, viewer_id=viewer)) == 20


def test_a_crowded_cell(crowd: Crowd) -> None:
    """Of a thousand people in one cell the page is read, the first as well as a later one."""
    viewer = crowd.viewers["crowded cell"]
    for page in (None, None), ("0", str(viewer + 500)):
        check(explain(crowd.conn, matching.discover_profiles, str(viewer), *page, "20"), 150)
    assert len(matching.discover_profiles(crowd.conn, viewer_id=viewer)) == 20


def test_nobody_around(crowd: Crowd) -> None:
    """In the sea the walk ends at the bound, after one cell more for each row of the page; nobody in these is read."""
    plan = explain(crowd.conn, matching.discover_profiles, str(crowd.viewers["sea"]), None, None, "20")
    check(plan, 30)
    assert matching.discover_profiles(crowd.conn, viewer_id=crowd.viewers["sea"]) == []


def test_wishes_that_nobody_fulfils(crowd: Crowd) -> None:
    """A viewer older than everybody wants: whoever is within the bound is looked at once, nobody beyond.

    A third of all lives in this city; two rows are read for each of them.
    """
    near, far = crowd.viewers["impossible, near"], crowd.viewers["impossible"]
    plan = explain(crowd.conn, matching.discover_profiles, str(near), None, None, "20")
    assert plan.rows_read < 0.02 * crowd.many, plan.text
    plan = explain(crowd.conn, matching.discover_profiles, str(far), None, None, "20")
    check(plan, 0.9 * crowd.many)
    assert matching.discover_profiles(crowd.conn, viewer_id=far) == []


def test_many_swipes_are_passed_over(crowd: Crowd) -> None:
    """The 20,000 are gathered once, and whom they are about is met once, in an index; nothing else is read of them."""
    plan = explain(crowd.conn, matching.discover_profiles, str(crowd.viewers["20,000 swipes"]), None, None, "20")
    check(plan, 2.5 * SWIPED)


def test_without_a_location_nothing_is_read(crowd: Crowd) -> None:
    """The refusal comes before the search."""
    with pytest.raises(Refused):
        matching.discover_profiles(crowd.conn, viewer_id=crowd.viewers["no location"])


@pytest.mark.parametrize("many", ["20", "1000"])
def test_one_plan_serves_all_viewers(loaded: Crowd, many: str) -> None:
    """A plan without knowledge of the values costs no more than one with it, so that none is made for each call."""
    costs: list[float] = []
    for mode in MODES:
        loaded.conn.execute("set plan_cache_mode = " + mode)
        costs.append(explain(loaded.conn, matching.discover_profiles, "1", None, None, many).cost)
    assert costs[0] == costs[1]  # and to that of the second the planner adds what planning costs


def test_pages_go_on_where_they_ended(loaded: Crowd) -> None:
    """Fifty pages in a dense city: nobody twice, nobody left out, in one order."""
    viewer = loaded.viewers["dense city"]
    rows = page = matching.discover_profiles(loaded.conn, viewer_id=viewer)
    for _ in range(49):
        last = page[-1]
        page = matching.discover_profiles(
            loaded.conn, viewer_id=viewer, after_distance_m=last.distance_m, after_user_id=last.user_id
        )
        rows = rows + page
    assert len({row.user_id for row in rows}) == 1000
    assert rows == matching.discover_profiles(loaded.conn, viewer_id=viewer, limit=1000)


def test_lists_follow_the_page(crowd: Crowd) -> None:
    """Of the most liked user and of one with many matches and blocks, first page and a later one."""
    conn = crowd.conn
    for variant, edge in (
        ("first page", ()),
        ("next page", ("2020-01-01", "77")),
        ("previous page", ("2020-01-01", "77")),
    ):
        likes = explain(conn, matching.list_likes_received, "1", *edge, "21", variant=variant)
        assert likes.rows_read < 1000, likes.text
        assert "Seq Scan" not in likes.nodes
        assert {"pairs_low_waiting_idx", "pairs_high_waiting_idx"} <= likes.indexes
        matches = explain(conn, matching.list_matches, "7", *edge, "21", variant=variant)
        assert matches.rows_read < 500, matches.text
        assert "Seq Scan" not in matches.nodes
        assert {"pairs_low_id_idx", "pairs_high_id_idx"} <= matches.indexes
        blocked = explain(conn, matching.list_blocked_users, "20", *edge[1:], "21", variant=variant)
        assert "Seq Scan" not in blocked.nodes
        assert blocked.rows_read < 500, blocked.text
        assert {"pairs_low_blocks_idx", "pairs_high_blocks_idx"} <= blocked.indexes
    count = explain(conn, matching.count_matches, "7")
    assert "Seq Scan" not in count.nodes
    assert {"pairs_low_id_idx", "pairs_high_id_idx"} <= count.indexes


def test_answered_likes_are_not_read(crowd: Crowd) -> None:
    """Of 20,000 likes that have their answer and the few that wait, the latter are read, from either end."""
    conn = crowd.conn
    with conn.transaction(force_rollback=True):
        conn.execute(
            "insert into exchange.pairs (low_id, high_id, high_likes, low_swiped_at, high_swiped_at)"
            " select 1, n, true, now(), now() from generate_series(2, 20001) as n"
            " on conflict (low_id, high_id) do update set low_swiped_at = coalesce(pairs.low_swiped_at, now())"
        )
        assert 0 < len(matching.list_likes_received(conn, user_id=UserId(1))) < 20
        for variant, edge in (("first page", ()), ("next page", ("2100-01-01", "77"))):
            plan = explain(conn, matching.list_likes_received, "1", *edge, "21", variant=variant)
            assert "Seq Scan" not in plan.nodes, plan.text
            assert {"pairs_low_waiting_idx", "pairs_high_waiting_idx"} <= plan.indexes, plan.text
            assert plan.rows_read <= 3 * 21, plan.text
