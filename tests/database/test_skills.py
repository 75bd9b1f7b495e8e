"""Skills and ratings: every function with good and bad input, and what counts as one skill."""

import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exchange_db import accounts, matching, messaging, profiles, skills
from exchange_db.errors import InvalidValue, MissingReference, NotFound, Refused
from exchange_db.skills import Rating, SkillSet
from exchange_db.types import ConversationId, RatingId, UserId
from tests.database.pages import walked
from tests.database.skill_worlds import NOBODY, Conn, add_user, check_reputations, converse

if TYPE_CHECKING:
    from collections.abc import Callable

in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def ada(conn: Conn) -> UserId:
    return add_user(conn, "ada")


@pytest.fixture
def bob(conn: Conn) -> UserId:
    return add_user(conn, "bob")


def set_offers(conn: Conn, user_id: UserId, *offers: str) -> list[str]:
    return skills.set_skills(conn, user_id=user_id, skills_to_offer=[*offers], skills_to_learn=[]).skills_to_offer


# --- skill sets ------------------------------------------------------------------------------------------


def test_a_skill_set_lives(conn: Conn, ada: UserId) -> None:
    """Made, read with the name of the profile, replaced as a whole, and deleted; each answers with the whole record."""
    made = skills.set_skills(
        conn,
        user_id=ada,
        skills_to_offer=["Guitar", "Go"],
        skills_to_learn=["Spanish"],
        availability="weekends",
        learning_style="by doing",
    )
    assert made.model_dump(exclude={"updated_at"}) == {
        "user_id": ada,
        "name": None,
        "availability": "weekends",
        "learning_style": "by doing",
        "skills_to_offer": ["Guitar", "Go"],
        "skills_to_learn": ["Spanish"],
        "average_rating": None,
        "rating_count": 0,
    }
    profiles.create_profile(conn, user_id=ada, name="Ada")
    named = skills.get_skills(conn, user_id=ada)
    assert named == made.model_copy(update={"name": "Ada"})
    replaced = skills.set_skills(conn, user_id=ada, skills_to_offer=[], skills_to_learn=["Go"])
    assert (replaced.skills_to_offer, replaced.skills_to_learn, replaced.availability) == ([], ["Go"], None)
    assert (replaced.name, replaced.learning_style) == ("Ada", None)
    assert replaced.updated_at > made.updated_at
    assert skills.delete_skills(conn, user_id=ada) == replaced
    for gone in (skills.get_skills, skills.delete_skills):
        with pytest.raises(NotFound):
            gone(conn, user_id=ada)
    assert SkillSet.model_validate_json(named.model_dump_json()) == named


def test_a_skill_set_needs_its_user(conn: Conn) -> None:
    """One for nobody lacks its user, and goes with the user."""
    with pytest.raises(MissingReference) as caught:
        set_offers(conn, NOBODY, "Go")
    assert (caught.value.constraint, caught.value.sentence) == ("skill_sets_user_id_fkey", "the user does not exist")
    user_id = add_user(conn, "x")
    set_offers(conn, user_id, "Go")
    accounts.delete_user(conn, user_id=user_id)
    assert conn.execute("select from exchange.skill_sets, exchange.reputations").fetchall() == []


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("skills_to_offer", ["Go", ""], "skill_sets_skills_to_offer_check"),
        ("skills_to_offer", ["\u200b\u00a0\n"], "skill_sets_skills_to_offer_check"),
        ("skills_to_offer", ["x" * 51], "skill_sets_skills_to_offer_check"),
        ("skills_to_offer", ["x" * 1_000_000], "skill_sets_skills_to_offer_check"),
        ("skills_to_offer", [f"skill {n}" for n in range(101)], "skill_sets_offer_keys_check"),
        ("skills_to_learn", ["Go", " "], "skill_sets_skills_to_learn_check"),
        ("skills_to_learn", ["x" * 51], "skill_sets_skills_to_learn_check"),
        ("skills_to_learn", [f"skill {n}" for n in range(101)], "skill_sets_learn_keys_check"),
        ("availability", "x" * 256, "skill_sets_availability_check"),
        ("learning_style", "x" * 256, "skill_sets_learning_style_check"),
        ("skills_to_offer", ["nul\0"], None),
        ("skills_to_learn", [None], None),
        ("skills_to_learn", "Go", None),
    ],
)
def test_limits_of_a_skill_set(conn: Conn, ada: UserId, field: str, value: Any, constraint: str | None) -> None:
    """Each limit has a name and a sentence, for a new set and for one that is there; nothing is half-written."""
    good: dict[str, Any] = {"skills_to_offer": ["Go"], "skills_to_learn": ["Chess"]}
    for existing in (False, True):
        if existing:
            skills.set_skills(conn, user_id=ada, **good)
        with pytest.raises(InvalidValue) as caught:
            skills.set_skills(conn, user_id=ada, **{**good, field: value})
        assert caught.value.constraint == constraint
        assert not constraint or constraint not in caught.value.sentence
        row = conn.execute("select skills_to_offer, skills_to_learn from exchange.skill_sets").fetchall()
        assert row == ([(["Go"], ["Chess"])] if existing else [])


def test_the_limits_themselves_are_allowed(conn: Conn, ada: UserId) -> None:
    """A hundred skills of fifty characters, white space around them not counted, and texts of the greatest length."""
    longest = [f"{n:03}{'ẞ' * 47}" for n in range(100)]
    made = skills.set_skills(
        conn,
        user_id=ada,
        skills_to_offer=[f"\t {skill}\u00a0\u200b" for skill in longest],
        skills_to_learn=longest[::-1],
        availability="x" * 255,
        learning_style="🎸" * 255,
    )
    assert (made.skills_to_offer, made.skills_to_learn) == (longest, longest[::-1])


@pytest.mark.parametrize(
    "statement",
    [
        "'{Go,go}', '{}'",
        "'{Go,NULL}', '{}'",
        "'{}', '{Go,NULL}'",
        "'{{Go},{Chess}}', '{}'",
        "'{}', '{\" \"}'",
        "'{}', '{Go,\" GO\"}'",
    ],
)
def test_what_comes_past_the_library_is_checked(conn: Conn, ada: UserId, statement: str) -> None:
    """Skills that are doubled, null or nested are refused by the table itself."""
    with pytest.raises(psycopg.errors.CheckViolation, match=r"skill_sets_(skills_to_|offer_|learn_)"):
        conn.execute(
            "insert into exchange.skill_sets (user_id, skills_to_offer, skills_to_learn) "
            f"values ({ada}, {statement})".encode()
        )


# --- one spelling ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["Guitar", "guitar", "GUITAR "], ["Guitar"]),
        (["  Go\n", "go"], ["Go"]),
        (["bass\t guitar", "Bass  Guitar"], ["bass guitar"]),
        (["Straße", "STRASSE", "strasse", "STRAẞE"], ["Straße"]),
        (["ΟΔΟΣ", "οδος", "οδοσ"], ["ΟΔΟΣ"]),
        (["caf\u00e9", "cafe\u0301", "CAFÉ"], ["caf\u00e9"]),
        (["Py\u200bthon", "Python", "python\ufeff"], ["Py\u200bthon"]),
        (["\uff23\uff0b\uff0b", "c++"], ["\uff23\uff0b\uff0b"]),
        (["ﬁsh", "FISH"], ["ﬁsh"]),
        (["ISLAM", "islam", "\u0131slam"], ["ISLAM"]),
        (["cafe", "café", "İ", "I", "C", "C++", "C#", "Go lang", "Golang"], None),
    ],
)
def test_spellings_of_one_skill(conn: Conn, ada: UserId, given: list[str], kept: list[str] | None) -> None:
    """Case, composition, width and white space do not make another skill; the first spelling stays. Letters do."""
    expected = given if kept is None else kept
    assert set_offers(conn, ada, *given) == expected
    for spelling in given:
        (found,) = skills.list_teachers(conn, skill=f" {spelling} ")
        assert found.skills_to_offer == expected
    assert skills.list_teachers(conn, skill="another").items == []


any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@in_one_database
@given(skill=any_text)
@example("ŉ")
@example("ᾳ\u0301")
@example("\u0345")
@example("ΐ\u0345\u0301")
@example("ǰ")
@example("İ")
@example("㎒ ⅷ ﷺ")
@example("\u00a8")
@example("!~ a")
def test_a_key_does_not_depend_on_spelling(conn: Conn, skill: str) -> None:
    """For any text of Unicode: case, composition and white space around it leave the key as it is."""
    composed = unicodedata.normalize("NFC", skill)  # Unicode defines the case of an iota below a letter with this only
    row = conn.execute(
        "select array_agg(distinct exchange.skill_key(x)) from unnest(%s::text[]) as x",
        [
            [
                skill,
                composed.lower(),
                composed.upper(),
                composed,
                unicodedata.normalize("NFD", skill),
                f"\u2003{skill}\u200b ",
            ]
        ],
    ).fetchone()
    assert row is not None
    assert len(row[0]) == 1, row[0]


@in_one_database
@given(skill=st.text(st.sampled_from("aZ!~ 0\u00e9"), max_size=6))
def test_plain_words_have_the_key_of_all_others(conn: Conn, skill: str) -> None:
    """The short cut for ASCII gives what the long way gives."""
    row = conn.execute(
        "select exchange.skill_key(%(s)s), exchange.fold_case(btrim(regexp_replace(%(s)s, ' +', ' ', 'g')))",
        {"s": skill},
    ).fetchone()
    assert row is not None
    assert row[0] == row[1]


words = st.text(st.sampled_from("aAßS\u0301é ıİσς-"), min_size=1, max_size=3)


@in_one_database
@given(given=st.lists(words, max_size=12))
@example(given=["b", "a", "B", "c", "A"])
def test_skills_keep_their_order_and_first_spelling(conn: Conn, given: list[str]) -> None:
    """What is stored is the first of each key, in the order given; writing it again changes nothing."""
    with conn.transaction(force_rollback=True):
        user_id = add_user(conn, "x")
        try:
            stored = set_offers(conn, user_id, *given)
        except InvalidValue:
            return  # something that shows nothing
        rows = conn.execute("select exchange.skill_key(x), x from unnest(%s::text[]) as x", [given]).fetchall()
        firsts = dict(reversed(rows))
        assert stored == [" ".join(firsts[key].split()) for key in dict.fromkeys(key for key, _ in rows)]
        assert set_offers(conn, user_id, *stored) == stored


# --- ratings ---------------------------------------------------------------------------------------------


@pytest.fixture
def conversation(conn: Conn, ada: UserId, bob: UserId) -> ConversationId:
    """Ada's and bob's."""
    return converse(conn, ada, bob)


def test_a_rating_lives(conn: Conn, ada: UserId, bob: UserId, conversation: ConversationId) -> None:
    """Given, found, given again instead, changed and deleted; each step answers with the whole record."""
    assert skills.find_rating(conn, rater_id=ada, conversation_id=conversation) is None
    first = skills.rate_user(
        conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=2, comment="late\n🎸"
    )
    assert (first.rater_id, first.rated_id, first.conversation_id) == (ada, bob, conversation)
    assert (first.stars, first.comment) == (2, "late\n🎸")
    assert skills.find_rating(conn, rater_id=ada, conversation_id=conversation) == first
    assert skills.find_rating(conn, rater_id=bob, conversation_id=conversation) is None
    again = skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=5)
    assert again == first.model_copy(update={"stars": 5, "comment": None, "updated_at": again.updated_at})
    assert again.updated_at > first.updated_at
    mine = partial(skills.update_rating, conn, rater_id=ada, rating_id=first.rating_id)
    assert (mine().stars, mine().comment) == (5, None)
    assert (mine(stars=1).comment, mine(comment="!").stars, mine().comment) == (None, 1, "!")
    changed = skills.update_rating(conn, rater_id=ada, rating_id=first.rating_id, stars=3, comment="")
    assert (changed.stars, changed.comment, changed.created_at) == (3, "", first.created_at)
    assert changed.updated_at > again.updated_at
    assert Rating.model_validate_json(changed.model_dump_json()) == changed
    check_reputations(conn)
    assert skills.delete_rating(conn, rater_id=ada, rating_id=first.rating_id) == changed
    check_reputations(conn)
    with pytest.raises(NotFound):
        skills.delete_rating(conn, rater_id=ada, rating_id=first.rating_id)
    with pytest.raises(NotFound):
        skills.update_rating(conn, rater_id=ada, rating_id=first.rating_id, stars=3, comment=None)


def test_who_may_rate_whom(conn: Conn, ada: UserId, bob: UserId, conversation: ConversationId) -> None:
    """Only the two of the conversation each other; also when there is a rating already, which then stays."""
    eve = add_user(conn, "eve")
    strangers = converse(conn, bob, eve)
    kept = skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=4)
    by_rater, of_rated = "ratings_conversation_id_rater_id_fkey", "ratings_conversation_id_rated_id_fkey"
    for rater, rated, where, constraints in (
        (eve, bob, conversation, {by_rater}),
        (ada, eve, conversation, {of_rated}),
        (bob, eve, conversation, {of_rated}),
        (ada, bob, strangers, {by_rater}),
        (ada, bob, ConversationId(2**63 - 1), {by_rater, of_rated}),
        (NOBODY, bob, conversation, {by_rater}),
        (ada, NOBODY, conversation, {of_rated}),
    ):
        with pytest.raises(MissingReference) as missing:
            skills.rate_user(conn, rater_id=rater, rated_id=rated, conversation_id=where, stars=1)
        assert missing.value.constraint in constraints
        assert missing.value.sentence.startswith("there is no such conversation, or the user who")
    for rater in (ada, bob):
        with pytest.raises(InvalidValue) as invalid:
            skills.rate_user(conn, rater_id=rater, rated_id=rater, conversation_id=conversation, stars=1)
        assert invalid.value.sentence == "nobody rates themselves"
    assert conn.execute("select id, stars from exchange.ratings").fetchall() == [(kept.rating_id, 4)]
    check_reputations(conn)


@pytest.mark.parametrize("stars", [0, 6, -1, 2**31, 2**63])
def test_a_rating_has_one_to_five_stars(
    conn: Conn, ada: UserId, bob: UserId, conversation: ConversationId, stars: int
) -> None:
    """Others are refused, the first time and on every change, and change nothing."""
    with pytest.raises(InvalidValue):
        skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=stars)
    kept = skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=1)
    changes: list[Callable[[], object]] = [
        lambda: skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=stars),
        lambda: skills.update_rating(conn, rater_id=ada, rating_id=kept.rating_id, stars=stars, comment=None),
    ]
    for change in changes:
        with pytest.raises(InvalidValue):
            change()
    assert skills.find_rating(conn, rater_id=ada, conversation_id=conversation) == kept


def test_the_summary_is_that_of_the_ratings(conn: Conn, ada: UserId) -> None:
    """Average, count, score and distribution; all of them in get_skills too, whose time they do not move."""
    empty = skills.get_rating_summary(conn, user_id=ada)
    assert empty.model_dump() == {
        "user_id": ada,
        "average_rating": None,
        "rating_count": 0,
        "score": 3.0,
        "distribution": [0, 0, 0, 0, 0],
    }
    before = skills.set_skills(conn, user_id=ada, skills_to_offer=["Go"], skills_to_learn=[])
    given = [5, 5, 4, 1, 5, 2, 5]
    for number, stars in enumerate(given):
        rater = add_user(conn, f"rater{number}")
        skills.rate_user(conn, rater_id=rater, rated_id=ada, conversation_id=converse(conn, rater, ada), stars=stars)
    summary = skills.get_rating_summary(conn, user_id=ada)
    assert summary.distribution == [given.count(stars) for stars in range(1, 6)]
    assert (summary.average_rating, summary.rating_count) == (sum(given) / len(given), len(given))
    assert summary.score == (sum(given) + 15) / (len(given) + 5)
    after = skills.get_skills(conn, user_id=ada)
    assert after == before.model_copy(update={"average_rating": summary.average_rating, "rating_count": len(given)})
    with pytest.raises(NotFound):
        skills.get_rating_summary(conn, user_id=NOBODY)


def test_pages_of_ratings(conn: Conn, ada: UserId) -> None:
    """Received and given, newest first, each once, with the other one's name; changing a rating does not move it."""
    ids: list[RatingId] = []
    first_rater = UserId(0)
    for number in range(7):
        other = add_user(conn, f"u{number}")
        if number % 2:
            profiles.create_profile(conn, user_id=other, name=f"U{number}")
        there = converse(conn, other, ada)
        received = skills.rate_user(conn, rater_id=other, rated_id=ada, conversation_id=there, stars=5)
        ids.append(received.rating_id)
        first_rater = first_rater or other
        skills.rate_user(conn, rater_id=ada, rated_id=other, conversation_id=there, stars=1)
    skills.update_rating(conn, rater_id=first_rater, rating_id=ids[0], stars=4, comment="x")
    names = [f"U{number}" if number % 2 else None for number in range(6, -1, -1)]
    for size in (1, 3, 7, 50):
        pages = walked(skills.list_ratings_received, conn, size, rated_id=ada)
        assert [row.rating_id for row in pages] == ids[::-1]
        assert [row.rater_name for row in pages] == names
        mine = walked(skills.list_ratings_given, conn, size, rater_id=ada)
        assert [row.rated_name for row in mine] == names
        assert {row.rater_id for row in mine} == {ada}
    assert skills.list_ratings_received(conn, rated_id=NOBODY).items == []
    assert skills.list_ratings_given(conn, rater_id=NOBODY).items == []


def test_negative_limits_are_refused(conn: Conn, ada: UserId) -> None:
    """By every list."""
    set_offers(conn, ada, "Go")
    calls: list[Callable[[], object]] = [
        lambda: skills.list_teachers(conn, skill="Go", limit=-1),
        lambda: skills.list_partners(conn, user_id=ada, limit=-1),
        lambda: skills.list_ratings_given(conn, rater_id=ada, limit=-1),
        lambda: skills.list_ratings_received(conn, rated_id=ada, limit=-1),
    ]
    for call in calls:
        with pytest.raises(InvalidValue):
            call()


def test_a_rating_is_its_raters(conn: Conn, ada: UserId, bob: UserId, conversation: ConversationId) -> None:
    """Nobody else changes or deletes it, not even who is rated."""
    kept = skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=1)
    for other in (bob, add_user(conn, "eve"), NOBODY):
        with pytest.raises(NotFound):
            skills.update_rating(conn, rater_id=other, rating_id=kept.rating_id, stars=5, comment=None)
        with pytest.raises(NotFound):
            skills.delete_rating(conn, rater_id=other, rating_id=kept.rating_id)
    assert skills.find_rating(conn, rater_id=ada, conversation_id=conversation) == kept


@pytest.mark.parametrize("ada_blocks", [True, False])
def test_a_block_ends_rating(
    conn: Conn, ada: UserId, bob: UserId, conversation: ConversationId, *, ada_blocks: bool
) -> None:
    """Neither rates the other nor changes a rating, whoever blocks; names are hidden; deleting is allowed."""
    for user_id in (ada, bob):
        profiles.create_profile(conn, user_id=user_id, name="N", image_url="https://example.org/n.png")
    kept = skills.rate_user(conn, rater_id=ada, rated_id=bob, conversation_id=conversation, stars=4)

    def names() -> list[str | None]:
        (given_one,) = skills.list_ratings_given(conn, rater_id=ada)
        (received,) = skills.list_ratings_received(conn, rated_id=bob)
        inboxes = [entry for user_id in (ada, bob) for entry in messaging.list_inbox(conn, user_id=user_id)]
        shown = [given_one.rated_name, received.rater_name]
        return shown + [text for entry in inboxes for text in (entry.other_name, entry.other_image_url)]

    assert None not in names()
    actor, target = (ada, bob) if ada_blocks else (bob, ada)
    matching.block(conn, actor_id=actor, target_id=target)
    assert set(names()) == {None}
    for rater, rated in ((ada, bob), (bob, ada)):
        with pytest.raises(Refused):
            skills.rate_user(conn, rater_id=rater, rated_id=rated, conversation_id=conversation, stars=1)
    with pytest.raises(Refused):
        skills.update_rating(conn, rater_id=ada, rating_id=kept.rating_id, stars=1, comment=None)
    with pytest.raises(NotFound):
        skills.update_rating(conn, rater_id=bob, rating_id=kept.rating_id, stars=1, comment=None)
    assert skills.find_rating(conn, rater_id=ada, conversation_id=conversation) == kept
    assert skills.delete_rating(conn, rater_id=ada, rating_id=kept.rating_id) == kept
    matching.unblock(conn, actor_id=actor, target_id=target)
    skills.rate_user(conn, rater_id=bob, rated_id=ada, conversation_id=conversation, stars=1)
    assert messaging.list_inbox(conn, user_id=ada).items[0].other_name == "N"


def test_an_ended_match_can_still_be_rated(conn: Conn, ada: UserId, bob: UserId) -> None:
    """Only a block hinders it."""
    matching.like(conn, actor_id=ada, target_id=bob)
    there = matching.like(conn, actor_id=bob, target_id=ada).conversation_id
    assert there is not None
    matching.unmatch(conn, actor_id=ada, target_id=bob)
    row = skills.rate_user(conn, rater_id=bob, rated_id=ada, conversation_id=there, stars=2)
    assert skills.update_rating(conn, rater_id=bob, rating_id=row.rating_id, stars=3, comment=None).stars == 3


def test_far_too_many_skills_are_refused_soon(conn: Conn, ada: UserId) -> None:
    """Keys are compared with each other only as far as a row may have them, not with the square of what is given."""
    row = conn.execute(
        "select cardinality(exchange.skill_keys(array(select n::text from generate_series(1, 16000) as n)))"
    ).fetchone()
    assert row == (101,)
    with pytest.raises(InvalidValue) as caught:
        skills.set_skills(conn, user_id=ada, skills_to_offer=[str(n) for n in range(16_000)], skills_to_learn=[])
    assert caught.value.sentence == "at most 100 skills are offered, each of them once"
