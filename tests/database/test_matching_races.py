"""Matching when callers meet: every two calls interleaved, storms, deadlocks, and a user who is deleted meanwhile."""

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import product
from typing import Any

import psycopg
import pytest

from exchange_db import matching, open_pool, transaction
from exchange_db.errors import MissingReference, Retryable
from exchange_db.matching import LikeOutcome
from exchange_db.types import UserId
from tests.database.matching_model import (
    ACTIONS,
    Action,
    Answer,
    Model,
    add_users,
    perform,
    read_model,
    violations,
)
from tests.database.races import all_at_once, look_for_deadlocks_soon, wait_until_blocked

Conn = psycopg.Connection[Any]

BEFORE: dict[str, list[str]] = {
    "strangers": [],
    "she likes him": ["her like"],
    "he likes her": ["his like"],
    "a match": ["her like", "his like"],
    "she ended it": ["her like", "his like", "her unmatch"],
    "she passed on him": ["her pass_on"],
    "she blocks him": ["her block"],
    "she blocks him, undone": ["her block", "her undo_swipe"],
    "he blocks her, who likes him": ["his block", "her like"],
    "both block": ["her block", "his block"],
}


def watching(conn: Conn) -> Conn:
    """A connection of its own to the same database, to see who waits there."""
    return psycopg.connect(conn.info.dsn, password=conn.info.password, autocommit=True)


@pytest.fixture
def second(database_url: str) -> Generator[Conn]:
    """Another connection."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


def settled(conn: Conn, call: "Future[Answer]") -> None:
    """Return when the call is done, or waits for a lock."""
    while not call.done():
        row = conn.execute(
            "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()
        if row is not None:
            return


def couple(conn: Conn, begin: list[str]) -> tuple[Model, dict[str, UserId]]:
    """Two new users with this behind them."""
    her, him = add_users(conn, 2)
    model = Model(users={her, him})
    for step in begin:
        who, name = step.split()
        action = (name, her, him) if who == "her" else (name, him, her)
        assert perform(conn, action) == model.perform(action)
    return model, {"her": her, "him": him}


def every_way() -> Iterator[Any]:
    """Most of them only at length: each is 72 pairs of calls."""
    usual = {
        "commit": ["strangers", "he likes her", "a match", "she blocks him", "both block"],
        "rollback": ["a match"],
        "repeatable read": ["strangers", "he likes her", "a match"],
    }
    for way, name in product(usual, BEFORE):
        marks = () if name in usual[way] else pytest.mark.slow
        yield pytest.param(BEFORE[name], way, id=f"{name}, {way}", marks=marks)


@pytest.mark.parametrize(("begin", "way"), list(every_way()))
def test_any_two_calls_interleaved(conn: Conn, second: Conn, begin: list[str], way: str) -> None:
    """A call in the middle of another's transaction: as if one came after the other, whoever of the two makes them.

    Under REPEATABLE READ the second one, whose snapshot is older, may end as retryable, with nothing half done. When
    the first one is rolled back, it was never there.
    """
    retried = 0
    with watching(conn) as watcher, ThreadPoolExecutor(1) as thread:
        for first_name, second_name, crossing in product(ACTIONS, ACTIONS, (False, True)):
            model, users = couple(conn, begin)
            one: Action = (first_name, users["her"], users["him"])
            two: Action = (second_name, *((users["him"], users["her"]) if crossing else one[1:]))
            second.execute(
                "begin isolation level " + ("repeatable read" if way == "repeatable read" else "read committed")
            )
            second.execute("select from exchange.users limit 1")  # takes the snapshot, if there is to be one
            conn.execute("begin")
            first_answer = perform(conn, one)
            call = thread.submit(perform, second, two)
            settled(watcher, call)
            conn.execute("rollback" if way == "rollback" else "commit")
            second_answer = call.result()
            second.execute("commit")  # after an error it rolls back
            if way == "rollback":
                possible = [model.after(two)]
                seen = [second_answer]
            else:
                swapped, answers = model.after(two, one)
                possible = [model.after(one, two), (swapped, answers[::-1])]
                seen = [first_answer, second_answer]
                if way == "repeatable read" and second_answer is Retryable:
                    retried += 1
                    after, answers = model.after(one)
                    possible = [(after, [*answers, Retryable])]
            assert (read_model(watcher, set(users.values())), seen) in possible, (one, two)
        assert violations(watcher) == []
    assert bool(retried) == (way == "repeatable read")


def test_of_two_likes_that_cross_one_makes_the_match(conn: Conn, second: Conn) -> None:
    """The second waits for the first one's commit, and is told so; with the smaller id first or the greater."""
    with watching(conn) as watcher, ThreadPoolExecutor(1) as thread:
        for swap in (False, True):
            her, him = add_users(conn, 2)[:: -1 if swap else 1]
            with conn.transaction():
                first = matching.like(conn, actor_id=her, target_id=him)
                call = thread.submit(matching.like, second, actor_id=him, target_id=her)
                wait_until_blocked(watcher)
            outcome = call.result()
            assert (first.is_match, first.is_new_match, first.conversation_id) == (False, False, None)
            assert (outcome.is_match, outcome.is_new_match) == (True, True)
            again = matching.like(conn, actor_id=her, target_id=him)
            assert again.model_dump(exclude={"actor_id", "target_id", "is_new_match"}) == outcome.model_dump(
                exclude={"actor_id", "target_id", "is_new_match"}
            )
            assert not again.is_new_match


# --- storms ----------------------------------------------------------------------------------------------


def test_a_storm_of_likes_makes_each_match_once(database_url: str, conn: Conn) -> None:
    """200 couples, both like at once, each twice: one call in four makes the match, all name one conversation."""
    couples = 200
    people = add_users(conn, 2 * couples)

    def storm(number: int) -> list[LikeOutcome]:
        turned = number % 2
        answers: list[LikeOutcome] = []
        for place in range(0, len(people), 2):
            actor, target = people[place + turned], people[place + 1 - turned]
            answers.append(matching.like(pool, actor_id=actor, target_id=target))
        return answers

    with open_pool(database_url, max_size=4) as pool:
        rounds = all_at_once(4, storm)
    assert all(isinstance(each, list) for each in rounds)
    for outcomes in zip(*[each for each in rounds if isinstance(each, list)], strict=True):
        assert sorted(outcome.is_new_match for outcome in outcomes) == [False, False, False, True]
        assert len({outcome.conversation_id for outcome in outcomes if outcome.is_match}) == 1
        assert len({outcome.matched_at for outcome in outcomes if outcome.is_match}) == 1
    assert conn.execute("select count(*) from exchange.conversations").fetchone() == (couples,)
    assert violations(conn) == []


def test_matches_made_and_ended_in_a_storm_are_counted(database_url: str, conn: Conn) -> None:
    """Whatever four callers do to one couple: new matches are as many as ended ones, and one more while one stands."""
    her, him = add_users(conn, 2)
    names = ("like", "like", "pass_on", "undo_swipe", "unmatch")

    def storm(number: int) -> int:
        made = 0
        for step in range(100):
            name = names[(step * (number + 3) + number) % len(names)]
            answer = perform(pool, (name, her, him) if (step + number) % 2 else (name, him, her))
            assert answer is not Retryable
            made += answer == (True, True)
        return made

    conn.execute("""
        create table ended (n bigint generated always as identity);
        create function count_end() returns trigger language plpgsql
        as 'begin insert into ended default values; return null; end';
        create trigger count_end after update on exchange.pairs for each row
        when (old.matched_at is not null and new.matched_at is null) execute function count_end();
    """)
    with open_pool(database_url, max_size=4) as pool:
        made = [each for each in all_at_once(4, storm) if isinstance(each, int)]
    assert len(made) == 4
    row = conn.execute(
        "select (select count(*) from ended), (select count(*) from exchange.pairs where matched_at is not null)"
    ).fetchone()
    assert row is not None
    assert sum(made) == row[0] + row[1] > 5
    assert violations(conn) == []


def test_opposite_orders_deadlock_as_retryable(database_url: str, conn: Conn) -> None:
    """Transactions that like the same people in opposite orders: one is undone whole, and runs again."""
    look_for_deadlocks_soon(conn)
    everybody = add_users(conn, 12)
    me, others = everybody[0], everybody[1:]

    def visit(number: int) -> int:
        attempts = 0
        while True:
            attempts += 1
            try:
                with transaction(pool) as together:
                    for other in others if number % 2 else others[::-1]:
                        first, then = (me, other) if number < 2 else (other, me)
                        matching.like(together, actor_id=first, target_id=then)
                return attempts
            except Retryable:
                assert violations(conn_of[number]) == []

    conn_of = [psycopg.connect(database_url, autocommit=True) for _ in range(4)]
    with open_pool(database_url, max_size=4) as pool:
        results = [all_at_once(4, visit) for _ in range(3)]
    for each in conn_of:
        each.close()
    assert all(isinstance(attempts, int) for result in results for attempts in result)
    assert conn.execute("select count(*) from exchange.pairs where matched_at is not null").fetchone() == (len(others),)
    assert violations(conn) == []


def test_a_forced_deadlock_is_retryable(conn: Conn, second: Conn) -> None:
    """Two transactions each hold what the other wants: one of them is undone, all of it, and the other goes on."""
    look_for_deadlocks_soon(conn)
    a, b, c = add_users(conn, 3)
    with watching(conn) as watcher, ThreadPoolExecutor(1) as thread:
        conn.execute("begin")
        second.execute("begin")
        matching.like(conn, actor_id=a, target_id=b)
        matching.like(second, actor_id=a, target_id=c)
        waiting = thread.submit(perform, conn, ("like", a, c))
        wait_until_blocked(watcher)
        answers = {perform(second, ("like", a, b)): second}
        answers[waiting.result()] = conn
        assert set(answers) == {Retryable, (False, False)}
        answers[Retryable].execute("rollback")
        answers[False, False].execute("commit")
        rows = watcher.execute("select actor_id, target_id from exchange.swipes order by 2").fetchall()
    assert rows == [(a, b), (a, c)]
    assert violations(conn) == []


# --- deletion --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["like", "pass_on", "block"])
@pytest.mark.parametrize("who", ["actor", "target"])
@pytest.mark.parametrize("begin", [[], ["his like"], ["her like", "his like"]], ids=len)
def test_a_user_who_is_deleted_meanwhile(conn: Conn, second: Conn, name: str, who: str, begin: list[str]) -> None:
    """The call waits for the deletion and then lacks its user; or the deletion waits and takes everything along."""
    with watching(conn) as watcher, ThreadPoolExecutor(1) as thread:
        for delete_first in (True, False):
            model, users = couple(conn, begin)
            doomed = users["her" if who == "actor" else "him"]
            deletion: Action = ("delete_user", doomed, doomed)
            call: Action = (name, users["her"], users["him"])
            order = (deletion, call) if delete_first else (call, deletion)
            with conn.transaction():
                answers = [perform(conn, order[0])]
                waiting = thread.submit(perform, second, order[1])
                wait_until_blocked(watcher)
            answers.append(waiting.result())
            assert (read_model(watcher, set(users.values())), answers) == model.after(*order)
            assert (MissingReference in answers) == delete_first
        assert violations(watcher) == []
        assert watcher.execute("select count(*) from exchange.swipes, exchange.pairs").fetchone() == (0,)


@pytest.mark.parametrize("name", ["like", "pass_on", "block"])
def test_a_deletion_and_a_call_do_not_lock_each_other_out(
    database_url: str, conn: Conn, second: Conn, name: str
) -> None:
    """A call that waits for the pair holds its users: their deletion waits before it touches anything."""
    with psycopg.connect(database_url, autocommit=True) as watcher, ThreadPoolExecutor(2) as threads:
        model, users = couple(conn, ["his like"])
        call: Action = (name, users["her"], users["him"])
        deletion: Action = ("delete_user", users["him"], users["him"])
        with watcher.transaction():
            watcher.execute("select from exchange.pairs for update")
            first = threads.submit(perform, conn, call)
            while not blocked(watcher):
                pass
            last = threads.submit(perform, second, deletion)
            while len(blocked(watcher)) < 2:
                pass
        assert (read_model(watcher, set()), [first.result(), last.result()]) == (
            Model(),
            model.after(call, deletion)[1],
        )
        assert violations(watcher) == []


def blocked(conn: Conn) -> list[Any]:
    """Who waits for a lock. What a transaction sees of activity is otherwise kept until its end."""
    conn.execute("select pg_stat_clear_snapshot()")
    return conn.execute(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    ).fetchall()


def test_users_who_are_deleted_in_a_storm(database_url: str, conn: Conn) -> None:
    """Likes both ways and both deletions at once: each call is done whole, lacks its user, or is retryable."""

    def attempt(number: int) -> object:
        actor, target = (her, him) if number % 2 else (him, her)
        return perform(pool, ("delete_user" if number > 3 else "like", actor, target))

    with open_pool(database_url, max_size=6) as pool:
        for _ in range(30):
            her, him = add_users(conn, 2)
            answers = all_at_once(6, attempt)
            assert set(answers) <= {(False, False), (True, False), (True, True), MissingReference, Retryable, "done"}
            assert answers.count((True, True)) <= 1
            assert violations(conn) == []
