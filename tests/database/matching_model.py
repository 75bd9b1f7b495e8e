"""Matching in plain Python: what the functions should answer, and what should then be in the database."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

import psycopg
from psycopg_pool import ConnectionPool

from exchange_db import accounts, matching
from exchange_db.errors import ExchangeError, InvalidValue, MissingReference, NotFound
from exchange_db.types import UserId

if TYPE_CHECKING:
    from collections.abc import Callable

DB: TypeAlias = psycopg.Connection[Any] | ConnectionPool[Any]
Action: TypeAlias = tuple[str, UserId, UserId]
"""What is done, by whom, about whom (for ``delete_user``: twice the user)."""
Answer: TypeAlias = object

ACTIONS = ("like", "pass_on", "undo_swipe", "unmatch", "block", "unblock")


def add_users(db: DB, count: int) -> list[UserId]:
    """So many users without profiles, in the order of their ids."""
    emails = [f"{uuid4().hex}@example.org" for _ in range(count)]
    return [accounts.create_user(db, email=email, password_hash="hash").user_id for email in emails]


def delete_user(db: DB, *, actor_id: UserId, target_id: UserId) -> object:
    """With the parameters of all the others."""
    return accounts.delete_user(db, user_id=actor_id)


def perform(db: DB, action: Action) -> Answer:
    """What the library answers: the essence of the record, or the class of the error."""
    name, actor, target = action
    function: Callable[..., object] = delete_user if name == "delete_user" else getattr(matching, name)
    try:
        answer = function(db, actor_id=actor, target_id=target)
    except ExchangeError as error:
        return type(error)
    match answer:
        case matching.LikeOutcome():
            assert (answer.matched_at is not None) == (answer.conversation_id is not None) == answer.is_match
            return answer.is_match, answer.is_new_match
        case matching.Swipe():
            return str(answer.action)
        case matching.EndedMatch():
            assert answer.matched_at <= answer.unmatched_at
            return "ended"
        case _:
            return "done"


@dataclass
class Model:
    """The whole state. ``perform`` answers as the function of that name does."""

    users: set[UserId] = field(default_factory=set[UserId])
    swipes: dict[tuple[UserId, UserId], str] = field(default_factory=dict[tuple[UserId, UserId], str])
    blocks: set[tuple[UserId, UserId]] = field(default_factory=set[tuple[UserId, UserId]])
    pairs: set[frozenset[UserId]] = field(default_factory=set[frozenset[UserId]])
    ended: set[frozenset[UserId]] = field(default_factory=set[frozenset[UserId]])
    """Pairs that matched and no longer do."""
    conversations: set[frozenset[UserId]] = field(default_factory=set[frozenset[UserId]])

    def perform(self, action: Action) -> Answer:
        name, actor, target = action
        one_by_one: dict[str, Callable[[UserId, UserId], Answer]] = {
            "like": self._like,
            "pass_on": self._pass_on,
            "undo_swipe": self._undo_swipe,
            "unmatch": self._unmatch,
            "block": self._block,
            "unblock": self._unblock,
            "delete_user": self._delete_user,
        }
        return one_by_one[name](actor, target)

    def after(self, *actions: Action) -> "tuple[Model, list[Answer]]":
        """A copy on which these were performed, and the answers."""
        copy = deepcopy(self)
        return copy, [copy.perform(action) for action in actions]

    def match(self, actor: UserId, target: UserId) -> bool:
        return self.swipes.get((actor, target)) == self.swipes.get((target, actor)) == "like"

    def _like(self, actor: UserId, target: UserId) -> Answer:
        if actor == target or (actor, target) in self.blocks:
            return InvalidValue
        if not {actor, target} <= self.users:
            return MissingReference
        before = self.match(actor, target)
        self.swipes[actor, target] = "like"
        self.pairs.add(frozenset((actor, target)))
        if self.match(actor, target):
            self.conversations.add(frozenset((actor, target)))
            self.ended.discard(frozenset((actor, target)))
        return self.match(actor, target), self.match(actor, target) and not before

    def _pass_on(self, actor: UserId, target: UserId) -> Answer:
        if actor == target:
            return InvalidValue
        if not {actor, target} <= self.users:
            return MissingReference
        self._end(actor, target)
        self.swipes[actor, target] = "pass"
        self.pairs.add(frozenset((actor, target)))
        return "pass"

    def _block(self, actor: UserId, target: UserId) -> Answer:
        answer = self._pass_on(actor, target)
        if answer != "pass":
            return answer
        self.blocks.add((actor, target))
        return "done"

    def _undo_swipe(self, actor: UserId, target: UserId) -> Answer:
        if (actor, target) not in self.swipes:
            return NotFound
        self._end(actor, target)
        return self.swipes.pop((actor, target))

    def _unmatch(self, actor: UserId, target: UserId) -> Answer:
        if actor == target or not self.match(actor, target):
            return NotFound
        self._end(actor, target)
        self.swipes[actor, target] = "pass"
        return "ended"

    def _unblock(self, actor: UserId, target: UserId) -> Answer:
        if (actor, target) not in self.blocks:
            return NotFound
        self.blocks.remove((actor, target))
        return "done"

    def _delete_user(self, actor: UserId, _: UserId) -> Answer:
        if actor not in self.users:
            return NotFound
        self.users.remove(actor)
        self.swipes = {pair: action for pair, action in self.swipes.items() if actor not in pair}
        self.blocks = {pair for pair in self.blocks if actor not in pair}
        self.pairs = {pair for pair in self.pairs if actor not in pair}
        self.ended = {pair for pair in self.ended if actor not in pair}
        self.conversations = {pair for pair in self.conversations if actor not in pair}
        return "done"

    def _end(self, actor: UserId, target: UserId) -> None:
        if self.match(actor, target):
            self.ended.add(frozenset((actor, target)))


def read_model(conn: psycopg.Connection[Any], users: set[UserId]) -> Model:
    """The state of these users as the database has it."""
    ids = list(users)
    model = Model()
    model.users = {row[0] for row in conn.execute("select id from exchange.users where id = any(%s)", [ids])}
    for actor, target, action in conn.execute(
        "select actor_id, target_id, action from exchange.swipes where actor_id = any(%s)", [ids]
    ):
        model.swipes[actor, target] = action
    for low, high, low_blocks, high_blocks, ended in conn.execute(
        "select low_id, high_id, low_blocks, high_blocks, unmatched_at is not null"
        " from exchange.pairs where low_id = any(%s)",
        [ids],
    ):
        pair: frozenset[UserId] = frozenset((low, high))
        model.pairs.add(pair)
        model.blocks |= {(low, high)} if low_blocks else set()
        model.blocks |= {(high, low)} if high_blocks else set()
        model.ended |= {pair} if ended else set()
    rows = conn.execute("select low_id, high_id from exchange.conversations where low_id = any(%s)", [ids]).fetchall()
    model.conversations = {frozenset((low, high)) for low, high in rows}
    assert len(rows) == len(model.conversations)
    return model


def violations(conn: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """What contradicts itself in the whole database: nothing, after any sequence of calls."""
    return conn.execute("""
        select 'the pair says otherwise than the swipes', low_id, high_id
        from exchange.pairs
        where
          (low_likes, high_likes) <> (
            exists (
              select from exchange.swipes where actor_id = low_id and target_id = high_id and action = 'like'
            ),
            exists (
              select from exchange.swipes where actor_id = high_id and target_id = low_id and action = 'like'
            )
          )
        union all
        select 'the pair knows other times than the swipes', low_id, high_id
        from exchange.pairs
        where
          low_swiped_at is distinct from (
            select created_at from exchange.swipes where actor_id = low_id and target_id = high_id
          )
          or high_swiped_at is distinct from (
            select created_at from exchange.swipes where actor_id = high_id and target_id = low_id
          )
        union all
        select 'a swipe without a pair', actor_id, target_id
        from exchange.swipes
        where not exists (
          select from exchange.pairs
          where low_id = least(actor_id, target_id) and high_id = greatest(actor_id, target_id)
        )
        union all
        select 'a match that is none', low_id, high_id
        from exchange.pairs
        where
          (matched_at is not null) <> (low_likes and high_likes)
          or matched_at is not null and (unmatched_at is not null or low_blocks or high_blocks)
          or is_new_match and matched_at is null
        union all
        select 'a match without its one conversation', low_id, high_id
        from exchange.pairs
        where (matched_at is not null or unmatched_at is not null) and 1 <> (
          select count(*) from exchange.conversations
          where conversations.low_id = pairs.low_id and conversations.high_id = pairs.high_id
        )
        union all
        select 'a conversation without its two participants', low_id, high_id
        from exchange.conversations
        where array[low_id, high_id] <> array(
          select user_id from exchange.participants where conversation_id = conversations.id order by user_id
        )
    """).fetchall()
