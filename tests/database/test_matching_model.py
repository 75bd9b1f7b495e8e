"""Matching against a plain Python model: any calls of several users, two at a time, also with killed backends."""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from exchange_db import open_pool
from exchange_db.errors import OutcomeUnknown, Retryable, Unavailable
from exchange_db.types import UserId
from tests.database.failing import terminate
from tests.database.matching_model import ACTIONS, Action, Answer, Model, add_users, perform, read_model, violations

Conn = psycopg.Connection[Any]
PEOPLE = 4


@contextmanager
def held(url: str, low: UserId, high: UserId) -> Generator[Conn]:
    """Keep the row of a pair locked, also where it is not there yet."""
    with psycopg.connect(url) as holder, holder.transaction(force_rollback=True):
        holder.execute(
            "insert into exchange.pairs (low_id, high_id) values (%s, %s)"
            " on conflict (low_id, high_id) do update set low_blocks = pairs.low_blocks",
            [low, high],
        )
        yield holder


def waiting_for_a_lock(conn: Conn) -> list[int]:
    rows = conn.execute(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    return [pid for (pid,) in rows]


def test_any_calls_in_any_order(database_url: str, conn: Conn) -> None:
    """Every answer and every state is the model's; two calls at once are as if one came after the other.

    A call whose backend is killed in the middle has changed nothing. Two users have one conversation for ever.
    """
    with open_pool(database_url, max_size=4) as pool, ThreadPoolExecutor(2) as threads:

        class Matching(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                self.model = Model()
                self.known: set[UserId] = set()
                self.conversations: dict[tuple[UserId, UserId], int] = {}

            @initialize()
            def begin(self) -> None:
                self.everybody = add_users(conn, PEOPLE)
                self.model.users |= set(self.everybody)
                self.known |= set(self.everybody)

            def action(self, name: str, actor: int, target: int) -> Action:
                return name, self.everybody[actor], self.everybody[target]

            @rule(name=st.sampled_from(ACTIONS), actor=st.integers(0, 3), other=st.integers(0, 3))
            def one(self, name: str, actor: int, other: int) -> None:
                action = self.action(name, actor, other)
                assert perform(pool, action) == self.model.perform(action)

            @rule(
                first=st.sampled_from((*ACTIONS, "like", "delete_user")),
                second=st.sampled_from((*ACTIONS, "like")),
                actor=st.integers(0, 3),
                other=st.integers(0, 3),
                crossing=st.booleans(),
            )
            def two_at_once(self, first: str, second: str, actor: int, other: int, crossing: bool) -> None:
                one = self.action(first, actor, other)
                two = self.action(second, other, actor) if crossing else self.action(second, actor, other)
                answers = [future.result() for future in [threads.submit(perform, pool, each) for each in (one, two)]]
                kept = read_model(conn, self.known)
                possible: list[tuple[Model, list[Answer]]] = [self.model.after(one, two)]
                swapped, swapped_answers = self.model.after(two, one)
                possible += [(swapped, swapped_answers[::-1])]
                if answers[0] is Retryable:
                    possible += [(after, [Retryable, *got]) for after, got in [self.model.after(two)]]
                if answers[1] is Retryable:
                    possible += [(after, [*got, Retryable]) for after, got in [self.model.after(one)]]
                assert (kept, answers) in possible
                self.model = kept

            @rule(name=st.sampled_from(ACTIONS), actor=st.integers(0, 3), other=st.integers(0, 3))
            def killed(self, name: str, actor: int, other: int) -> None:
                action = self.action(name, actor, other)
                low, high = sorted(action[1:])
                if low == high or not {low, high} <= self.model.users:
                    return
                with held(database_url, low, high):
                    call: Future[Answer] = threads.submit(perform, pool, action)
                    while not call.done():
                        for pid in waiting_for_a_lock(conn):
                            terminate(conn, pid)
                answer = call.result()
                if answer is not OutcomeUnknown and answer is not Unavailable:  # it had nothing to do
                    assert answer == self.model.perform(action)

            @rule(who=st.integers(0, 3))
            def delete_user(self, who: int) -> None:
                action = self.action("delete_user", who, who)
                assert perform(pool, action) == self.model.perform(action)

            @precondition(lambda self: len(self.model.users) < PEOPLE)
            @rule()
            def somebody_new(self) -> None:
                (newcomer,) = add_users(conn, 1)
                gone = next(place for place, user in enumerate(self.everybody) if user not in self.model.users)
                self.everybody[gone] = newcomer
                self.model.users.add(newcomer)
                self.known.add(newcomer)

            @invariant()
            def the_database_is_the_model(self) -> None:
                assert read_model(conn, self.known) == self.model

            @invariant()
            def two_users_keep_their_conversation(self) -> None:
                rows = conn.execute("select low_id, high_id, id from exchange.conversations").fetchall()
                now = {(low, high): number for low, high, number in rows}
                for pair in now.keys() & self.conversations.keys():
                    assert now[pair] == self.conversations[pair]
                self.conversations = now

            def teardown(self) -> None:
                assert violations(conn) == []
                conn.execute("delete from exchange.users")

        run_state_machine_as_test(
            Matching,
            settings=settings(
                max_examples=40,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
