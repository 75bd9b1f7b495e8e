"""Likes, passes and blocks of people who live near each other, and the matches that come of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange_db.demo.sample.people import Crowd, Person
from exchange_db.demo.sample.tables import SampleTable, chance_of, later
from exchange_db.types import SwipeAction

__all__ = ["Match", "make_swipes"]


@dataclass(frozen=True)
class Match:
    """Two who like each other, or did."""

    people: tuple[Person, Person]
    matched_at: datetime


@dataclass(frozen=True)
class _Swipe:
    action: SwipeAction
    created_at: datetime
    is_block: bool = False


def make_swipes(crowd: Crowd) -> tuple[list[Match], list[SampleTable]]:
    """The matches in the order of time, those that have ended among them; and the tables of swipes and pairs."""
    chance = chance_of("matching")
    said: dict[tuple[int, int], _Swipe] = {}
    people = {person.user_id: person for person in crowd.everybody}
    for person in crowd.everybody:
        others = [other for other in crowd.around(person) if other is not person]
        for other in chance.sample(others, min(len(others), chance.choice((0, 1, 2, 3, 4, 6, 8)))):
            if (person.user_id, other.user_id) not in said:
                at = later(max(person.created_at, other.created_at), timedelta(days=60), chance)
                likes = chance.random() < 0.6
                said[person.user_id, other.user_id] = _Swipe(SwipeAction.LIKE if likes else SwipeAction.PASS, at)
                if likes and chance.random() < 0.35:  # who is liked often looks back
                    likes_too = chance.random() < 0.6
                    answer = _Swipe(
                        SwipeAction.LIKE if likes_too else SwipeAction.PASS, later(at, timedelta(days=10), chance)
                    )
                    said.setdefault((other.user_id, person.user_id), answer)
    matched = {
        key: max(swipe.created_at, said[key[1], key[0]].created_at)
        for key, swipe in said.items()
        if key[0] < key[1] and swipe.action == _answer(said, key) == SwipeAction.LIKE
    }
    ended: dict[tuple[int, int], datetime] = {}
    for (low_id, high_id), matched_at in matched.items():
        if chance.random() < 0.12:  # one of the two no longer wants to, and some of these want never again
            ended[low_id, high_id] = matched_at + timedelta(days=chance.uniform(30, 90))
            key = (low_id, high_id) if chance.random() < 0.5 else (high_id, low_id)
            said[key] = _Swipe(SwipeAction.PASS, ended[low_id, high_id], is_block=chance.random() < 0.3)
    matches = [Match((people[low_id], people[high_id]), at) for (low_id, high_id), at in matched.items()]
    matches.sort(key=lambda match: (match.matched_at, match.people[0].user_id, match.people[1].user_id))
    return matches, [_swipes(said), _pairs(said, matched, ended)]


def _answer(said: dict[tuple[int, int], _Swipe], key: tuple[int, int]) -> SwipeAction | None:
    """What the second of the two has said about the first."""
    swipe = said.get((key[1], key[0]))
    return swipe.action if swipe else None


def _swipes(said: dict[tuple[int, int], _Swipe]) -> SampleTable:
    table = SampleTable("swipes")
    for (actor_id, target_id), swipe in said.items():
        table.add(actor_id=actor_id, target_id=target_id, action=swipe.action, created_at=swipe.created_at)
    return table


def _pairs(
    said: dict[tuple[int, int], _Swipe],
    matched: dict[tuple[int, int], datetime],
    ended: dict[tuple[int, int], datetime],
) -> SampleTable:
    table = SampleTable("pairs")
    for low_id, high_id in sorted({(min(key), max(key)) for key in said}):
        by_low, by_high = said.get((low_id, high_id)), said.get((high_id, low_id))
        matched_at = None if (low_id, high_id) in ended else matched.get((low_id, high_id))
        table.add(
            low_id=low_id,
            high_id=high_id,
            low_likes=by_low is not None and by_low.action == SwipeAction.LIKE,
            high_likes=by_high is not None and by_high.action == SwipeAction.LIKE,
            low_swiped_at=by_low.created_at if by_low else None,
            high_swiped_at=by_high.created_at if by_high else None,
            low_blocks=by_low is not None and by_low.is_block,
            high_blocks=by_high is not None and by_high.is_block,
            matched_at=matched_at,
            unmatched_at=ended.get((low_id, high_id)),
            is_new_match=matched_at is not None,
        )
    return table
