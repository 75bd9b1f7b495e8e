"""Ratings under races, deletions and failures: one row for each rater and conversation, counts that stay true."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from psycopg_pool import ConnectionPool

from exchange_db import accounts, skills
from exchange_db.errors import ExchangeError, MissingReference, NotFound, Retryable
from exchange_db.skills import Rating, SkillSet
from exchange_db.types import ConversationId, RatingId, UserId
from tests.database.races import all_at_once, wait_until_blocked
from tests.database.skill_worlds import Conn, add_user, check_reputations, converse

Pool = ConnectionPool[Any]


@pytest.fixture
def other(database_url: str) -> Generator[Conn]:
    """A second connection to the same database."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


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


def test_one_rater_twice_at_once_makes_one_rating(conn: Conn, pool: Pool) -> None:
    """Eight calls of one rater: one row, whose stars are those of one of them, and counted once."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    there = converse(conn, ada, bob)
    for _ in range(5):
        outcomes = all_at_once(
            8,
            lambda number: skills.rate_user(
                pool, rater_id=ada, rated_id=bob, conversation_id=there, stars=1 + number % 5
            ),
        )
        assert len({row.rating_id for row in outcomes if isinstance(row, Rating)}) == 1
        assert all(isinstance(row, Rating) for row in outcomes)
        check_reputations(conn)
        assert skills.get_rating_summary(conn, user_id=bob).rating_count == 1


def test_both_rate_each_other_at_once(conn: Conn, pool: Pool) -> None:
    """Neither waits for the other in a circle, in many conversations at the same time; every rating is counted."""
    users = [add_user(conn, f"u{number}") for number in range(4)]
    pairs = [(a, b) for a in users for b in users if a < b]
    where = {frozenset(pair): converse(conn, *pair) for pair in pairs}

    def attempt(number: int) -> object:
        for step in range(15):
            a, b = pairs[(number // 2 + step) % len(pairs)]
            rater, rated = (a, b) if number % 2 else (b, a)
            row = skills.rate_user(
                pool,
                rater_id=rater,
                rated_id=rated,
                conversation_id=where[frozenset((a, b))],
                stars=1 + (number + step) % 5,
            )
            if step % 4 == 3:
                with suppress(NotFound):
                    skills.delete_rating(pool, rater_id=rater, rating_id=row.rating_id)
        return None

    assert [each for each in all_at_once(8, attempt) if isinstance(each, ExchangeError)] == []
    check_reputations(conn)


def test_one_is_deleted_once(conn: Conn, pool: Pool) -> None:
    """Of many who delete the same rating or skill set one gets it; the count goes down by one."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    row = skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=converse(conn, ada, bob), stars=5)
    outcomes = all_at_once(6, lambda _: skills.delete_rating(pool, rater_id=ada, rating_id=row.rating_id))
    assert sum(isinstance(each, NotFound) for each in outcomes) == 5
    check_reputations(conn)
    skills.set_skills(conn, user_id=ada, skills_to_offer=["Go"], skills_to_learn=[])
    gone = all_at_once(6, lambda _: skills.delete_skills(pool, user_id=ada))
    assert sum(isinstance(each, NotFound) for each in gone) == 5


def test_one_skill_set_made_by_many(conn: Conn, pool: Pool) -> None:
    """All succeed, the last one stands, while ratings of the same user come in for the first time."""
    for name in ("ada", "cat", "dan"):
        ada, bob = add_user(conn, name), add_user(conn, f"bob{name}")
        there = converse(conn, ada, bob)

        def attempt(number: int, ada: UserId = ada, bob: UserId = bob, there: ConversationId = there) -> object:
            if number % 2:
                return skills.rate_user(pool, rater_id=bob, rated_id=ada, conversation_id=there, stars=3)
            return skills.set_skills(pool, user_id=ada, skills_to_offer=[f"Skill {number}"], skills_to_learn=[])

        outcomes = all_at_once(8, attempt)
        assert all(isinstance(row, SkillSet | Rating) for row in outcomes), outcomes
        check_reputations(conn)
        assert skills.get_skills(conn, user_id=ada).rating_count == 1


def test_who_waits_counts_what_was_done_meanwhile(conn: Conn, other: Conn) -> None:
    """Each of two that cross waits for the first and builds on what it left: rate, change, delete, in either order."""
    ada, bob = add_user(conn, "ada"), add_user(conn, "bob")
    there = converse(conn, ada, bob)

    def rate(db: Conn, stars: int) -> Rating:
        return skills.rate_user(db, rater_id=ada, rated_id=bob, conversation_id=there, stars=stars)

    second = in_the_middle(conn, lambda first: rate(first, 1), lambda: rate(other, 2))
    assert isinstance(second, Rating)
    check_reputations(conn)
    rating_id = second.rating_id
    in_the_middle(
        conn,
        lambda first: rate(first, 3),
        lambda: skills.update_rating(other, rater_id=ada, rating_id=rating_id, stars=4, comment=None),
    )
    check_reputations(conn)
    in_the_middle(
        conn, lambda first: skills.delete_rating(first, rater_id=ada, rating_id=rating_id), lambda: rate(other, 5)
    )
    check_reputations(conn)
    again = skills.find_rating(conn, rater_id=ada, conversation_id=there)
    assert again is not None
    assert again.stars == 5
    gone = in_the_middle(
        conn,
        lambda first: skills.delete_rating(first, rater_id=ada, rating_id=again.rating_id),
        lambda: skills.update_rating(other, rater_id=ada, rating_id=again.rating_id, stars=1, comment=None),
    )
    assert isinstance(gone, NotFound)
    check_reputations(conn)
    assert skills.get_rating_summary(conn, user_id=bob).rating_count == 0


@pytest.mark.parametrize("deleted", ["rater", "rated"])
@pytest.mark.parametrize("deletes_first", [True, False])
def test_rating_and_deleting_a_user_cross(conn: Conn, other: Conn, deleted: str, deletes_first: bool) -> None:
    """In either order, the first rating and a change: one waits for the other, no deadlock, nothing left over."""
    for existing in (False, True):
        ada, bob, cat = (add_user(conn, f"{name}{existing}") for name in ("ada", "bob", "cat"))
        there = converse(conn, ada, bob)
        skills.rate_user(conn, rater_id=bob, rated_id=ada, conversation_id=there, stars=2)
        skills.rate_user(conn, rater_id=cat, rated_id=bob, conversation_id=converse(conn, cat, bob), stars=1)
        if existing:
            skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=there, stars=4)

        def rate(db: Conn, ada: UserId = ada, bob: UserId = bob, there: ConversationId = there) -> object:
            return skills.rate_user(db, rater_id=ada, rated_id=bob, conversation_id=there, stars=5)

        def delete(db: Conn, gone: UserId = ada if deleted == "rater" else bob) -> object:
            return accounts.delete_user(db, user_id=gone)

        if deletes_first:
            assert isinstance(in_the_middle(conn, delete, partial(rate, other)), MissingReference)
        else:
            outcome = in_the_middle(conn, rate, partial(delete, other))
            assert not isinstance(outcome, ExchangeError), outcome
        check_reputations(conn)
        assert conn.execute("select from exchange.ratings where conversation_id = %s", [there]).fetchall() == []


@pytest.mark.parametrize("change", ["update", "delete"])
def test_changing_a_rating_while_its_user_is_deleted(conn: Conn, other: Conn, change: str) -> None:
    """The change waits for the deletion and finds the rating gone; the counts of all others are right."""
    bob = add_user(conn, "bob")
    raters = [add_user(conn, f"u{number}") for number in range(3)]
    rows = [
        skills.rate_user(conn, rater_id=rater, rated_id=bob, conversation_id=converse(conn, rater, bob), stars=4)
        for rater in raters
    ]

    def edit(number: int) -> object:
        rater, rating_id = raters[number], rows[number].rating_id
        if change == "update":
            return skills.update_rating(other, rater_id=rater, rating_id=rating_id, stars=1, comment=None)
        return skills.delete_rating(other, rater_id=rater, rating_id=rating_id)

    lost = in_the_middle(conn, lambda first: accounts.delete_user(first, user_id=raters[0]), lambda: edit(0))
    assert isinstance(lost, NotFound)
    check_reputations(conn)
    lost = in_the_middle(conn, lambda first: accounts.delete_user(first, user_id=bob), lambda: edit(1))
    assert isinstance(lost, NotFound)
    check_reputations(conn)
    assert conn.execute("select from exchange.reputations where user_id = %s", [bob]).fetchall() == []


def test_users_deleted_while_they_rate(conn: Conn, pool: Pool) -> None:
    """Eight callers rate, change and delete ratings and users at once: what stays is counted, whatever was refused."""
    users = [add_user(conn, f"u{number}") for number in range(8)]
    where = {(a, b): converse(conn, a, b) for a in users for b in users if a < b}

    def attempt(number: int) -> object:
        for step in range(25):
            a, b = users[number], users[(number + 1 + step % 7) % 8]
            if step == 15 + number and number % 2:
                with suppress(Retryable):
                    accounts.delete_user(pool, user_id=a)
                return None
            with suppress(MissingReference, NotFound, Retryable):
                row = skills.rate_user(
                    pool, rater_id=a, rated_id=b, conversation_id=where[min(a, b), max(a, b)], stars=1 + step % 5
                )
                if step % 3 == 0:
                    skills.delete_rating(pool, rater_id=a, rating_id=row.rating_id)
        return None

    assert [each for each in all_at_once(8, attempt) if isinstance(each, ExchangeError)] == []
    check_reputations(conn)


def test_a_deadlock_undoes_one_rating_wholly(conn: Conn, database_url: str) -> None:
    """Two transactions that rate the same two users in opposite orders: one retries, nothing is half done."""
    ada, bob, cat, dan = (add_user(conn, name) for name in ("ada", "bob", "cat", "dan"))
    barrier = threading.Barrier(2)

    def rate(db: Conn, rater: UserId, rated: UserId) -> None:
        there = where[rater, rated]
        skills.rate_user(db, rater_id=rater, rated_id=rated, conversation_id=there, stars=5)

    where = {(a, b): converse(conn, a, b) for a in (ada, bob) for b in (cat, dan)}

    def attempt(number: int) -> object:
        rater = (ada, bob)[number]
        first, second = ((cat, dan), (dan, cat))[number]
        with psycopg.connect(database_url) as db, db.transaction():
            rate(db, rater, first)
            barrier.wait()
            rate(db, rater, second)
        return None

    outcomes = all_at_once(2, attempt)
    assert [type(each) for each in outcomes if each is not None] == [Retryable]
    check_reputations(conn)
    assert conn.execute("select count(distinct rater_id), count(*) from exchange.ratings").fetchone() == (1, 2)


def test_ratings_are_like_a_dictionary(conn: Conn, other: Conn, database_url: str) -> None:
    """Against a plain Python dictionary: after any sequence of calls, on two connections, one of which gets killed."""

    class Ratings(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.users = [add_user(conn, f"u{number}") for number in range(4)]
            self.where = {(a, b): converse(conn, a, b) for a in self.users for b in self.users if a < b}
            self.model: dict[tuple[UserId, UserId], int] = {}
            self.ids: dict[tuple[UserId, UserId], RatingId] = {}

        def pair(self, data: st.DataObject) -> tuple[UserId, UserId]:
            return data.draw(
                st.tuples(st.sampled_from(self.users), st.sampled_from(self.users)).filter(lambda p: p[0] != p[1])
            )

        @precondition(lambda self: len(self.users) > 1)
        @rule(data=st.data(), stars=st.integers(1, 5), db=st.sampled_from([conn, other]))
        def rate(self, data: st.DataObject, stars: int, db: Conn) -> None:
            rater, rated = self.pair(data)
            there = self.where[min(rater, rated), max(rater, rated)]
            row = skills.rate_user(db, rater_id=rater, rated_id=rated, conversation_id=there, stars=stars)
            assert self.ids.setdefault((rater, rated), row.rating_id) == row.rating_id
            self.model[rater, rated] = stars

        @precondition(lambda self: self.model)
        @rule(data=st.data(), stars=st.integers(1, 5))
        def change(self, data: st.DataObject, stars: int) -> None:
            pair = data.draw(st.sampled_from(sorted(self.model)))
            skills.update_rating(other, rater_id=pair[0], rating_id=self.ids[pair], stars=stars, comment=None)
            self.model[pair] = stars

        @precondition(lambda self: self.model)
        @rule(data=st.data())
        def delete(self, data: st.DataObject) -> None:
            pair = data.draw(st.sampled_from(sorted(self.model)))
            assert skills.delete_rating(conn, rater_id=pair[0], rating_id=self.ids.pop(pair)).stars == self.model.pop(
                pair
            )

        @precondition(lambda self: len(self.users) > 2)
        @rule(data=st.data())
        def delete_user(self, data: st.DataObject) -> None:
            gone = data.draw(st.sampled_from(self.users))
            accounts.delete_user(conn, user_id=gone)
            self.users.remove(gone)
            for pair in [pair for pair in self.model if gone in pair]:
                del self.model[pair], self.ids[pair]

        @precondition(lambda self: len(self.users) > 1)
        @rule(data=st.data())
        def die(self, data: st.DataObject) -> None:
            """A backend that is killed after it has rated, before it commits, leaves nothing."""
            rater, rated = self.pair(data)
            with suppress(psycopg.OperationalError), psycopg.connect(database_url) as doomed:
                there = self.where[min(rater, rated), max(rater, rated)]
                skills.rate_user(doomed, rater_id=rater, rated_id=rated, conversation_id=there, stars=1)
                conn.execute("select pg_terminate_backend(%s, 5000)", [doomed.info.backend_pid])

        @rule(data=st.data())
        def teach(self, data: st.DataObject) -> None:
            user_id = data.draw(st.sampled_from(self.users))
            skills.set_skills(other, user_id=user_id, skills_to_offer=["Go"], skills_to_learn=[])

        @invariant()
        def same(self) -> None:
            check_reputations(conn)
            for user_id in self.users:
                stars = [stars for (_, rated), stars in self.model.items() if rated == user_id]
                summary = skills.get_rating_summary(other, user_id=user_id)
                assert summary.distribution == [stars.count(number) for number in range(1, 6)]
                assert summary.average_rating == (sum(stars) / len(stars) if stars else None)
                received = skills.list_ratings_received(conn, rated_id=user_id)
                assert sorted(row.stars for row in received) == sorted(stars)

        def teardown(self) -> None:
            for user_id in self.users:
                accounts.delete_user(conn, user_id=user_id)

    run_state_machine_as_test(Ratings, settings=settings(max_examples=10, stateful_step_count=15, deadline=None))
