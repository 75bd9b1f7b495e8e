"""Likes, passes, matches and blocks: every function with good and bad input."""

import asyncio
from datetime import date
from typing import Any

import psycopg
import pytest

from exchange_db import accounts, matching, messaging, open_async_pool, profiles
from exchange_db.errors import InvalidValue, MissingReference, NotFound
from exchange_db.matching import Block, LikeOutcome, PublicProfile
from exchange_db.types import ActivityLevel, Point, SwipeAction, UserId
from tests.database.matching_model import ACTIONS, add_users, perform, violations
from tests.database.pages import walked

Conn = psycopg.Connection[Any]
NOBODY = UserId(2**63 - 1)


@pytest.fixture
def conn(cleared_conn: Conn) -> Conn:
    """On the database of this module, which is empty again after each test."""
    return cleared_conn


@pytest.fixture
def ada(conn: Conn) -> UserId:
    return add_users(conn, 1)[0]


@pytest.fixture
def bob(conn: Conn, ada: UserId) -> UserId:
    """Whose id is greater than Ada's."""
    (bob,) = add_users(conn, 1)
    assert bob > ada
    return bob


def match(conn: Conn, one: UserId, other: UserId) -> LikeOutcome:
    """The second of two likes."""
    matching.like(conn, actor_id=one, target_id=other)
    return matching.like(conn, actor_id=other, target_id=one)


# --- likes and passes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("swap", [False, True], ids=["low first", "high first"])
def test_a_mutual_like_is_a_match(conn: Conn, ada: UserId, bob: UserId, swap: bool) -> None:
    """The first like is none, the second one makes it, with a conversation of the two; a third changes nothing."""
    one, other = (bob, ada) if swap else (ada, bob)
    first = matching.like(conn, actor_id=one, target_id=other)
    assert first == LikeOutcome(
        actor_id=one, target_id=other, is_match=False, is_new_match=False, matched_at=None, conversation_id=None
    )
    second = matching.like(conn, actor_id=other, target_id=one)
    assert (second.actor_id, second.target_id, second.is_match, second.is_new_match) == (other, one, True, True)
    assert second.matched_at is not None
    members = conn.execute("select conversation_id, user_id from exchange.participants order by 2").fetchall()
    assert members == [(second.conversation_id, ada), (second.conversation_id, bob)]
    third = matching.like(conn, actor_id=one, target_id=other)
    assert third == second.model_copy(update={"actor_id": one, "target_id": other, "is_new_match": False})
    assert violations(conn) == []


def test_the_last_word_counts(conn: Conn, ada: UserId, bob: UserId) -> None:
    """A like after a pass is a like, a pass after a like a pass; saying the same again does not move its time."""
    assert matching.find_swipe(conn, actor_id=ada, target_id=bob) is None
    passed = matching.pass_on(conn, actor_id=ada, target_id=bob)
    assert (passed.actor_id, passed.target_id, passed.action) == (ada, bob, SwipeAction.PASS)
    assert matching.pass_on(conn, actor_id=ada, target_id=bob) == passed
    assert matching.find_swipe(conn, actor_id=ada, target_id=bob) == passed
    matching.like(conn, actor_id=ada, target_id=bob)
    liked = matching.find_swipe(conn, actor_id=ada, target_id=bob)
    assert liked is not None
    assert liked.action is SwipeAction.LIKE
    assert liked.created_at > passed.created_at
    matching.like(conn, actor_id=ada, target_id=bob)
    assert matching.find_swipe(conn, actor_id=ada, target_id=bob) == liked
    assert matching.find_swipe(conn, actor_id=bob, target_id=ada) is None
    assert matching.undo_swipe(conn, actor_id=ada, target_id=bob) == liked
    with pytest.raises(NotFound):
        matching.undo_swipe(conn, actor_id=ada, target_id=bob)


@pytest.mark.parametrize("ending", ["pass_on", "undo_swipe", "unmatch", "block"])
@pytest.mark.parametrize("low", [True, False], ids=["by the low id", "by the high id"])
def test_a_match_ends_and_comes_back(conn: Conn, ada: UserId, bob: UserId, ending: str, low: bool) -> None:
    """However it ends, a new like of the same user makes it anew, later, in the same conversation."""
    actor, target = (ada, bob) if low else (bob, ada)
    first = match(conn, ada, bob)
    getattr(matching, ending)(conn, actor_id=actor, target_id=target)
    assert [matching.list_matches(conn, user_id=each).items for each in (actor, target)] == [[], []]
    row = conn.execute("select matched_at, unmatched_at > %s from exchange.pairs", [first.matched_at]).fetchone()
    assert row == (None, True)
    if ending == "block":
        matching.unblock(conn, actor_id=actor, target_id=target)
    again = matching.like(conn, actor_id=actor, target_id=target)
    assert again.is_new_match
    assert again.conversation_id == first.conversation_id
    assert first.matched_at is not None
    assert again.matched_at is not None
    assert again.matched_at > first.matched_at
    assert conn.execute("select unmatched_at from exchange.pairs").fetchone() == (None,)
    assert violations(conn) == []


def test_unmatch_tells_what_it_ended(conn: Conn, ada: UserId, bob: UserId) -> None:
    """When the match was made and when it ended; the like of who ended it is now a pass, the other's stays."""
    made = match(conn, ada, bob)
    ended = matching.unmatch(conn, actor_id=ada, target_id=bob)
    assert (ended.actor_id, ended.target_id, ended.matched_at) == (ada, bob, made.matched_at)
    assert ended.unmatched_at > ended.matched_at
    mine, theirs = (matching.find_swipe(conn, actor_id=a, target_id=b) for a, b in ((ada, bob), (bob, ada)))
    assert mine is not None
    assert theirs is not None
    assert (mine.action, theirs.action) == (SwipeAction.PASS, SwipeAction.LIKE)
    for actor, target in ((ada, bob), (bob, ada)):
        with pytest.raises(NotFound):
            matching.unmatch(conn, actor_id=actor, target_id=target)


def test_a_conversation_that_was_there_becomes_that_of_the_match(conn: Conn, ada: UserId, bob: UserId) -> None:
    """Two who wrote to each other before they matched go on where they were."""
    row = conn.execute(
        "insert into exchange.conversations (low_id, high_id) values (%s, %s) returning id", [ada, bob]
    ).fetchone()
    assert row is not None
    assert match(conn, ada, bob).conversation_id == row[0]
    assert violations(conn) == []


@pytest.mark.parametrize("name", ["like", "pass_on", "block"])
def test_both_must_exist_and_differ(conn: Conn, ada: UserId, name: str) -> None:
    """A missing actor or target is a missing reference, oneself an invalid value; nothing is written."""
    function = getattr(matching, name)
    for actor, target, sentence in (
        (ada, NOBODY, "the other user does not exist"),
        (NOBODY, ada, "the user does not exist"),
    ):
        with pytest.raises(MissingReference) as missing:
            function(conn, actor_id=actor, target_id=target)
        assert missing.value.sentence == sentence
    for user_id in (ada, NOBODY):
        with pytest.raises(InvalidValue) as oneself:
            function(conn, actor_id=user_id, target_id=user_id)
        assert oneself.value.sentence == "nobody likes, passes on or blocks themselves"
    assert conn.execute("select from exchange.swipes union all select from exchange.pairs").fetchall() == []


@pytest.mark.parametrize("name", ["undo_swipe", "unmatch", "unblock"])
def test_what_is_not_there_cannot_be_taken_back(conn: Conn, ada: UserId, bob: UserId, name: str) -> None:
    """Nothing decided, a pass or like alone, the other one's word, nobody, oneself: not found, nothing changed."""
    function = getattr(matching, name)
    for target in (bob, NOBODY, ada):
        with pytest.raises(NotFound):
            function(conn, actor_id=ada, target_id=target)
    matching.like(conn, actor_id=bob, target_id=ada)
    with pytest.raises(NotFound):
        function(conn, actor_id=ada, target_id=bob)
    matching.block(conn, actor_id=bob, target_id=ada)
    with pytest.raises(NotFound):
        function(conn, actor_id=ada, target_id=bob)


# --- blocks --------------------------------------------------------------------------------------------------


def test_a_block_ends_everything_between_two(conn: Conn, ada: UserId, bob: UserId) -> None:
    """The match ends, the like becomes a pass; who blocks cannot like before they unblock; the pass stays then."""
    match(conn, ada, bob)
    assert matching.block(conn, actor_id=ada, target_id=bob) == Block(actor_id=ada, target_id=bob)
    assert matching.block(conn, actor_id=ada, target_id=bob) == Block(actor_id=ada, target_id=bob)
    with pytest.raises(InvalidValue) as caught:
        matching.like(conn, actor_id=ada, target_id=bob)
    assert caught.value.sentence == "a user whom one blocks cannot be liked before they are unblocked"
    assert matching.unblock(conn, actor_id=ada, target_id=bob) == Block(actor_id=ada, target_id=bob)
    with pytest.raises(NotFound):
        matching.unblock(conn, actor_id=ada, target_id=bob)
    swipe = matching.find_swipe(conn, actor_id=ada, target_id=bob)
    assert swipe is not None
    assert swipe.action is SwipeAction.PASS
    assert matching.like(conn, actor_id=ada, target_id=bob).is_new_match


@pytest.mark.parametrize("low", [True, False], ids=["the low id first", "the high id first"])
def test_two_may_block_each_other(conn: Conn, ada: UserId, bob: UserId, low: bool) -> None:
    """Each one's block is their own: it stands until they take it back themselves, whatever the other one does."""
    one, other = (ada, bob) if low else (bob, ada)
    for actor, target in ((one, other), (other, one)):
        matching.block(conn, actor_id=actor, target_id=target)
    for actor, target in ((one, other), (other, one)):
        assert [row.user_id for row in matching.list_blocked_users(conn, user_id=actor)] == [target]
    matching.unblock(conn, actor_id=one, target_id=other)
    assert matching.list_blocked_users(conn, user_id=one).items == []
    assert [row.user_id for row in matching.list_blocked_users(conn, user_id=other)] == [one]


@pytest.mark.parametrize("name", ["pass_on", "undo_swipe", "block"])
def test_without_a_match_nothing_is_closed(conn: Conn, ada: UserId, bob: UserId, name: str) -> None:
    """What ends no match leaves none that has ended: with the block taken back, nothing is closed."""
    matching.like(conn, actor_id=ada, target_id=bob)
    getattr(matching, name)(conn, actor_id=ada, target_id=bob)
    if name == "block":
        matching.unblock(conn, actor_id=ada, target_id=bob)
    assert messaging.open_conversation(conn, user_id=bob, other_id=ada).is_open


def test_who_is_blocked_learns_nothing_of_it(conn: Conn, ada: UserId, bob: UserId) -> None:
    """Their like is answered as one that is not returned, whether the other has blocked them or done nothing."""
    (eve,) = add_users(conn, 1)
    matching.block(conn, actor_id=ada, target_id=eve)
    blocked, ignored = (matching.like(conn, actor_id=eve, target_id=other) for other in (ada, bob))
    assert blocked == ignored.model_copy(update={"target_id": ada})
    assert matching.list_likes_received(conn, user_id=ada).items == []
    assert matching.undo_swipe(conn, actor_id=ada, target_id=eve).action is SwipeAction.PASS
    assert matching.list_likes_received(conn, user_id=ada).items == []
    assert matching.list_blocked_users(conn, user_id=eve).items == []


def test_blocked_users_page_by_page(conn: Conn) -> None:
    """In the order of id, with smaller and greater ids than one's own; profiles where there are any."""
    everybody = add_users(conn, 9)
    me, others = everybody[4], everybody[:4] + everybody[5:]
    profiles.create_profile(conn, user_id=others[1], name="Rex")
    for other in others:
        matching.block(conn, actor_id=me, target_id=other)
    matching.block(conn, actor_id=others[0], target_id=me)
    matching.pass_on(conn, actor_id=others[2], target_id=me)
    matching.unblock(conn, actor_id=me, target_id=others[3])
    expected = [other for other in others if other != others[3]]
    rows = matching.list_blocked_users(conn, user_id=me).items
    assert [row.user_id for row in rows] == expected
    assert [row.profile.name if row.profile else None for row in rows[:3]] == [None, "Rex", None]
    assert walked(matching.list_blocked_users, conn, 2, user_id=me) == rows
    assert matching.list_blocked_users(conn, user_id=NOBODY).items == []


# --- lists ---------------------------------------------------------------------------------------------------


def everything(conn: Conn, user_id: UserId) -> PublicProfile:
    """A profile with every field."""
    profile = profiles.create_profile(
        conn,
        user_id=user_id,
        name="Rex",
        birth_date=date(2020, 2, 29),
        bio="Digs.\nBarks.",
        pronouns="he/him",
        image_url="https://example.org/rex.jpg",
        location_name="Berlin",
        location=Point(longitude=13.405, latitude=52.52),
        activity_level=ActivityLevel.HIGH,
    )
    return PublicProfile(**profile.model_dump(include=set(PublicProfile.model_fields)))


def test_likes_received_newest_first(conn: Conn) -> None:
    """Of smaller and greater ids, each with the public profile, page by page; equal times by id: none is skipped."""
    everybody = add_users(conn, 10)
    me, others = everybody[4], everybody[:4] + everybody[5:]
    known = everything(conn, others[0])
    for place, other in enumerate(others):
        matching.like(conn, actor_id=other, target_id=me)
        at = f"2026-01-0{1 + place // 3} 00:00Z"
        column = "low_swiped_at" if other < me else "high_swiped_at"
        conn.execute(f"update exchange.pairs set {column} = %s where %s in (low_id, high_id)", [at, other])
    expected = [others[place] for place in (8, 7, 6, 5, 4, 3, 2, 1, 0)]
    rows = matching.list_likes_received(conn, user_id=me).items
    assert [row.user_id for row in rows] == expected
    assert rows[-1].profile == known
    assert [row.profile for row in rows[:-1]] == [None] * 8
    assert walked(matching.list_likes_received, conn, 2, user_id=me) == rows


@pytest.mark.parametrize("place", [0, 7], ids=["smallest", "greatest"])
def test_likes_that_need_no_answer(conn: Conn, place: int) -> None:
    """Those one has answered, passes, blocks either way, deactivated accounts: none of them is listed."""
    others = add_users(conn, 8)
    me = others.pop(place)
    liked, passed_on, blocked, passing, blocking, inactive, waiting = others
    for other in (liked, passed_on, blocked, blocking, inactive, waiting):
        matching.like(conn, actor_id=other, target_id=me)
    matching.pass_on(conn, actor_id=passing, target_id=me)
    matching.like(conn, actor_id=me, target_id=liked)
    matching.pass_on(conn, actor_id=me, target_id=passed_on)
    matching.block(conn, actor_id=me, target_id=blocked)
    matching.undo_swipe(conn, actor_id=me, target_id=blocked)  # the block stays
    matching.block(conn, actor_id=blocking, target_id=me)
    accounts.deactivate_user(conn, user_id=inactive)
    assert [row.user_id for row in matching.list_likes_received(conn, user_id=me)] == [waiting]
    matching.undo_swipe(conn, actor_id=me, target_id=passed_on)
    listed = {row.user_id for row in matching.list_likes_received(conn, user_id=me)}
    assert listed == {waiting, passed_on}


def test_matches_newest_first(conn: Conn) -> None:
    """With smaller and greater ids than one's own, the other's profile and the conversation, page by page, counted."""
    everybody = add_users(conn, 11)
    me, others = everybody[5], everybody[:5] + everybody[6:]
    known = everything(conn, others[2])
    ids = {other: match(conn, *((me, other) if other % 3 else (other, me))).conversation_id for other in others}
    for place, other in enumerate(others):
        at = f"2026-01-0{1 + place // 3} 00:00Z"
        conn.execute("update exchange.pairs set matched_at = %s where %s in (low_id, high_id)", [at, other])
    matching.unmatch(conn, actor_id=others[9], target_id=me)
    accounts.deactivate_user(conn, user_id=others[8])
    match(conn, others[0], others[1])
    expected = others[7::-1]
    rows = matching.list_matches(conn, user_id=me).items
    assert [row.user_id for row in rows] == expected
    assert [row.conversation_id for row in rows] == [ids[other] for other in expected]
    assert [row.profile for row in rows] == [known if other == others[2] else None for other in expected]
    assert matching.count_matches(conn, user_id=me) == len(rows)
    assert walked(matching.list_matches, conn, 3, user_id=me) == rows
    assert matching.list_matches(conn, user_id=NOBODY).items == []
    assert matching.count_matches(conn, user_id=NOBODY) == 0


def test_a_page_has_a_row(conn: Conn, ada: UserId) -> None:
    """No list takes less for a limit."""
    for function in (matching.list_matches, matching.list_likes_received, matching.list_blocked_users):
        for limit in (0, -1):
            with pytest.raises(InvalidValue):
                function(conn, user_id=ada, limit=limit)


# --- around ----------------------------------------------------------------------------------------------------


def test_deleting_a_user_takes_everything_along(conn: Conn, ada: UserId, bob: UserId) -> None:
    """Swipes, pairs and conversations of theirs, whatever was between them; those of others stay."""
    (eve,) = add_users(conn, 1)
    match(conn, ada, bob)
    kept = match(conn, eve, bob)
    matching.block(conn, actor_id=ada, target_id=eve)
    accounts.delete_user(conn, user_id=ada)
    assert [row.user_id for row in matching.list_matches(conn, user_id=bob)] == [eve]
    assert conn.execute("select array_agg(id) from exchange.conversations").fetchone() == ([kept.conversation_id],)
    assert conn.execute("select count(*) from exchange.pairs").fetchone() == (1,)
    assert violations(conn) == []


def test_no_id_is_too_great(conn: Conn, ada: UserId) -> None:
    """The greatest and smallest ids are nobody's, and no error of the server's."""
    for name in ACTIONS:
        for nobody in (NOBODY, UserId(-(2**63)), UserId(0)):
            assert perform(conn, (name, ada, nobody)) in (NotFound, MissingReference)
            assert perform(conn, (name, nobody, ada)) in (NotFound, MissingReference)


def test_the_same_names_are_awaited(module_database_url: str, conn: Conn, ada: UserId, bob: UserId) -> None:
    """With an asynchronous pool every call gives what it gives without; two likes at once make one match."""
    for user_id in (ada, bob):
        everything(conn, user_id)

    async def both() -> tuple[LikeOutcome, LikeOutcome]:
        async with await open_async_pool(module_database_url) as pool:
            return await asyncio.gather(
                matching.like(pool, actor_id=ada, target_id=bob), matching.like(pool, actor_id=bob, target_id=ada)
            )

    outcomes = asyncio.run(both())
    assert sorted(outcome.is_new_match for outcome in outcomes) == [False, True]
    assert matching.count_matches(conn, user_id=ada) == 1
