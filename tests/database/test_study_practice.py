"""Practice: sessions, answers and their races, and what comes next."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange_db import accounts, study
from exchange_db.errors import Conflict, ExchangeError, InvalidValue, MissingReference, NotFound, Refused
from exchange_db.study import Attempt, PracticeSession, QuestionDraft
from exchange_db.types import PracticeSessionId, QuestionId, SubjectId, UserId
from tests.database.pages import walked
from tests.database.questions import NONE, Conn, Pool, add_user, answer, practise
from tests.database.races import all_at_once, wait_until_blocked

in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)


@pytest.fixture
def ada(conn: Conn) -> UserId:
    return add_user(conn)


@pytest.fixture
def maths(conn: Conn) -> SubjectId:
    return study.create_subject(conn, name="Mathematics").subject_id


@pytest.fixture
def questions(conn: Conn, maths: SubjectId) -> list[QuestionId]:
    """Six questions, all of whose answers are "yes"."""
    drafts = [QuestionDraft(subject_id=maths, year=2020, body=f"{n}?", answer="Yes") for n in range(6)]
    study.import_questions(conn, questions=drafts)
    return [each.question_id for each in study.list_questions(conn, subject_id=maths)]


@pytest.fixture
def session(conn: Conn, ada: UserId, maths: SubjectId) -> PracticeSessionId:
    return study.start_practice_session(conn, user_id=ada, subject_id=maths).session_id


def counted_rightly(conn: Conn) -> bool:
    """Whether every session's counts are those of its attempts."""
    return not conn.execute("""
        select from exchange.practice_sessions as s
        where (s.answered_count, s.correct_count) <> (
          select count(*), count(*) filter (where a.is_correct) from exchange.attempts as a where a.session_id = s.id
        )
    """).fetchall()


# --- sessions and answers --------------------------------------------------------------------------------


def test_a_session_from_start_to_finish(
    conn: Conn, ada: UserId, maths: SubjectId, questions: list[QuestionId], session: PracticeSessionId
) -> None:
    """It counts answers and right ones, is finished once, and shows its answers in order."""
    started = study.get_practice_session(conn, session_id=session)
    assert started.model_dump(exclude={"started_at"}) == {
        "session_id": session, "user_id": ada, "subject_id": maths, "finished_at": None,
        "answered_count": 0, "correct_count": 0,
    }  # fmt: skip
    right = answer(conn, session, questions[2])
    wrong = answer(conn, session, questions[0], "")
    assert (right.is_correct, right.right_answer, right.answer) == (True, "Yes", "yes")
    assert (wrong.is_correct, wrong.right_answer, wrong.explanation) == (False, "Yes", None)
    assert study.list_attempts(conn, session_id=session) == [right, wrong]
    done = study.finish_practice_session(conn, session_id=session)
    assert (done.answered_count, done.correct_count) == (2, 1)
    assert done.finished_at is not None
    assert done.started_at <= right.answered_at <= wrong.answered_at <= done.finished_at
    assert study.finish_practice_session(conn, session_id=session) == done
    other = study.start_practice_session(conn, user_id=ada, subject_id=maths)
    assert walked(study.list_practice_sessions, conn, 1, user_id=ada) == [other, done]
    assert study.delete_practice_session(conn, session_id=session) == done
    assert study.list_attempts(conn, session_id=session) == []
    assert study.list_practice_sessions(conn, user_id=ada).items == [other]


@pytest.mark.parametrize(
    ("given", "is_correct"),
    [
        ("x² + 1", True), ("  X²  +\t1\n", True), ("x²\u00a0+ 1", True),
        ("x2 + 1", False), ("x²+1", False), ("", False),
    ],
)  # fmt: skip
def test_the_rule_of_a_right_answer(
    conn: Conn, maths: SubjectId, session: PracticeSessionId, given: str, is_correct: bool
) -> None:
    """The same without regard to case and amount of white space; nothing else is forgiven."""
    question = study.add_question(conn, subject_id=maths, year=2020, body="?", answer="x²  + 1").question_id
    assert answer(conn, session, question, given).is_correct is is_correct


@pytest.mark.parametrize(("given", "expected"), [("STRASSE", "Straße"), ("e\u0301te\u0301", "Été"), ("ΟΔΟΣ", "οδός")])
def test_letters_of_other_alphabets(conn: Conn, given: str, expected: str) -> None:
    """ß and SS, composed and decomposed accents are the same; a missing accent is not."""
    row = conn.execute("select exchange.is_same_answer(%s, %s)", (given, expected)).fetchone()
    assert row == (given != "ΟΔΟΣ",)


def test_what_an_answer_cannot_be(
    conn: Conn, ada: UserId, questions: list[QuestionId], session: PracticeSessionId
) -> None:
    """Second, of another subject, of nothing, in nothing, after the end, too long: each a clear error, none counts."""
    art = study.create_subject(conn, name="Art").subject_id
    painting = study.add_question(conn, subject_id=art, year=2020, body="?", answer="Yes").question_id
    answer(conn, session, questions[0], "no")
    before = study.get_practice_session(conn, session_id=session)
    with pytest.raises(Conflict) as conflict:
        answer(conn, session, questions[0])
    assert conflict.value.sentence == "this question is already answered in this practice session"
    for question in (painting, QuestionId(NONE)):
        with pytest.raises(MissingReference) as missing:
            answer(conn, session, question)
        assert missing.value.sentence == "this subject has no such question"
    with pytest.raises(NotFound):
        answer(conn, PracticeSessionId(NONE), questions[1])
    with pytest.raises(InvalidValue):
        answer(conn, session, questions[1], "x" * 2001)
    assert study.get_practice_session(conn, session_id=session) == before
    study.finish_practice_session(conn, session_id=session)
    with pytest.raises(Refused) as late:
        answer(conn, session, questions[1])
    assert late.value.sentence == "the practice session is finished"
    assert [each.answer for each in study.list_attempts(conn, session_id=session)] == ["no"]
    assert counted_rightly(conn)


def test_sessions_that_cannot_be(conn: Conn, ada: UserId, maths: SubjectId) -> None:
    """Of nobody, about nothing, and what is not there."""
    for user, subject in ((UserId(NONE), maths), (ada, SubjectId(NONE))):
        with pytest.raises(MissingReference):
            study.start_practice_session(conn, user_id=user, subject_id=subject)
    for call in (study.get_practice_session, study.finish_practice_session, study.delete_practice_session):
        with pytest.raises(NotFound):
            call(conn, session_id=PracticeSessionId(NONE))
    assert study.list_next_questions(conn, session_id=PracticeSessionId(NONE)) == []
    with pytest.raises(InvalidValue):
        study.list_practice_sessions(conn, user_id=ada, limit=0)


def test_what_goes_with_whom(conn: Conn, ada: UserId, maths: SubjectId, questions: list[QuestionId]) -> None:
    """A user takes the sessions and answers along; an answered question stays; an unused subject's sessions go."""
    session = study.start_practice_session(conn, user_id=ada, subject_id=maths).session_id
    answer(conn, session, questions[0])
    with pytest.raises(MissingReference) as caught:
        study.delete_question(conn, question_id=questions[0])
    assert caught.value.sentence == "a question that somebody has answered cannot be deleted"
    art = study.create_subject(conn, name="Art").subject_id
    empty = study.start_practice_session(conn, user_id=ada, subject_id=art).session_id
    study.delete_subject(conn, subject_id=art)
    with pytest.raises(NotFound):
        study.get_practice_session(conn, session_id=empty)
    accounts.delete_user(conn, user_id=ada)
    assert conn.execute("select count(*) from exchange.attempts").fetchone() == (0,)
    study.delete_question(conn, question_id=questions[0])


def test_a_verdict_stays(conn: Conn, session: PracticeSessionId, questions: list[QuestionId]) -> None:
    """A question corrected later shows its new answer; what was given keeps its verdict."""
    answer(conn, session, questions[0])
    question = study.get_question(conn, question_id=questions[0])
    fields: dict[str, Any] = question.model_dump(exclude={"subject_id", "created_at", "updated_at"})
    fields["answer"] = "No"
    study.update_question(conn, **fields)
    (attempt,) = study.list_attempts(conn, session_id=session)
    assert (attempt.is_correct, attempt.right_answer) == (True, "No")


# --- races -----------------------------------------------------------------------------------------------


def in_the_middle(conn: Conn, first: Callable[[Conn], object], second: Callable[[Conn], object]) -> object:
    """The outcome of ``second``, which starts while ``first`` is not committed, and waits for it."""
    dsn: dict[str, Any] = {"conninfo": conn.info.dsn, "password": conn.info.password}
    with (
        psycopg.Connection[Any].connect(**dsn) as earlier,
        psycopg.Connection[Any].connect(**dsn, autocommit=True) as later,
        ThreadPoolExecutor(1) as threads,
    ):
        first(earlier)
        future = threads.submit(second, later)
        wait_until_blocked(conn)
        earlier.commit()
        try:
            return future.result(timeout=10)
        except ExchangeError as error:
            return error


def test_no_answer_after_the_end(conn: Conn, session: PracticeSessionId, questions: list[QuestionId]) -> None:
    """Who answers while somebody finishes waits, and is refused; who finishes meanwhile counts the answer."""
    outcome = in_the_middle(
        conn,
        lambda first: answer(first, session, questions[0]),
        lambda second: study.finish_practice_session(second, session_id=session),
    )
    assert isinstance(outcome, PracticeSession)
    assert (outcome.answered_count, outcome.correct_count) == (1, 1)
    again = study.start_practice_session(conn, user_id=outcome.user_id, subject_id=outcome.subject_id).session_id
    late = in_the_middle(
        conn,
        lambda first: study.finish_practice_session(first, session_id=again),
        lambda second: answer(second, again, questions[0]),
    )
    assert isinstance(late, Refused)
    assert study.list_attempts(conn, session_id=again) == []
    assert counted_rightly(conn)


def test_a_question_that_comes_while_an_answer_waits(conn: Conn, maths: SubjectId, session: PracticeSessionId) -> None:
    """There was none when the answer was given: nothing is stored with a verdict that nobody gave; later it counts."""
    added: list[QuestionId] = []

    def add_and_hold(first: Conn) -> None:
        added.append(study.add_question(first, subject_id=maths, year=2020, body="?", answer="Yes").question_id)
        first.execute("select from exchange.practice_sessions where id = %s for update", (session,))

    early = in_the_middle(conn, add_and_hold, lambda second: answer(second, session, added[0]))
    assert isinstance(early, MissingReference)
    assert early.sentence == "this subject has no such question"
    assert study.list_attempts(conn, session_id=session) == []
    assert answer(conn, session, added[0]).is_correct
    assert counted_rightly(conn)


def test_one_answer_for_each_question(
    conn: Conn, pool: Pool, session: PracticeSessionId, questions: list[QuestionId]
) -> None:
    """Of many callers one answers, the others conflict, and every count is right."""
    outcomes = all_at_once(8, lambda n: answer(pool, session, questions[n % 2], "yes" if n < 4 else "no"))
    assert sum(isinstance(each, Attempt) for each in outcomes) == 2
    assert sum(isinstance(each, Conflict) for each in outcomes) == 6
    assert study.get_practice_session(conn, session_id=session).answered_count == 2
    assert counted_rightly(conn)


def test_answering_while_the_user_is_deleted(
    conn: Conn, pool: Pool, maths: SubjectId, questions: list[QuestionId]
) -> None:
    """No deadlock and no answer without its session, whoever comes first."""
    for number in range(8):
        user = add_user(conn, f"u{number}")
        session = study.start_practice_session(conn, user_id=user, subject_id=maths).session_id

        def attempt(caller: int, user: UserId = user, session: PracticeSessionId = session) -> object:
            if caller == 2:
                return accounts.delete_user(pool, user_id=user)
            return answer(pool, session, questions[caller])

        outcomes = all_at_once(3, attempt)
        assert {type(each) for each in outcomes if isinstance(each, ExchangeError)} <= {NotFound}
    assert conn.execute("select count(*) from exchange.attempts").fetchone() == (0,)


# --- what comes next -------------------------------------------------------------------------------------


def test_unseen_first_then_the_weakest(conn: Conn, ada: UserId, maths: SubjectId, questions: list[QuestionId]) -> None:
    """Never answered by id, then by share of right answers, then what was answered longest ago; not what others did."""
    a, b, c, d, e, f = questions
    practise(conn, ada, maths, {d: True, c: False, b: True, a: False})
    practise(conn, ada, maths, {a: False, b: True})
    practise(conn, add_user(conn, "bob"), maths, dict.fromkeys(questions, True))
    session = study.start_practice_session(conn, user_id=ada, subject_id=maths).session_id

    def following(limit: int = 10) -> list[QuestionId]:
        return [each.question_id for each in study.list_next_questions(conn, session_id=session, limit=limit)]

    assert following() == [e, f, a, c, d, b]
    assert following(1) == [e]
    assert following(4) == [e, f, a, c]
    assert following(0) == []
    first = study.list_next_questions(conn, session_id=session)[2]
    assert (first.answered_count, first.correct_count) == (2, 0)
    assert first.last_answered_at is not None
    answer(conn, session, e)
    answer(conn, session, c)
    assert following() == [f, a, d, b]
    for question in (f, a, d, b):
        answer(conn, session, question)
    assert following() == []
    with pytest.raises(InvalidValue):
        following(-1)


numbers = count()


@in_one_database
@given(data=st.data())
def test_what_comes_next_is_as_a_plain_model_says(
    conn: Conn, maths: SubjectId, questions: list[QuestionId], data: st.DataObject
) -> None:
    """Any history: the same order as sorting in Python, for any limit, and progress that adds up."""
    user = add_user(conn, f"model{next(numbers)}")
    history = data.draw(st.lists(st.dictionaries(st.sampled_from(questions), st.booleans()), max_size=4))
    seen: dict[QuestionId, list[bool]] = {}
    last: dict[QuestionId, int] = {}
    for answers in history:
        practise(conn, user, maths, answers)
        for question, right in answers.items():
            seen.setdefault(question, []).append(right)
            last[question] = len(last) + 1000 * len(seen[question]) + sum(map(len, seen.values())) * 10**6
    session = study.start_practice_session(conn, user_id=user, subject_id=maths).session_id
    weakest = sorted(seen, key=lambda q: ((sum(seen[q]) + 1) / (len(seen[q]) + 2), last[q], q))
    expected = [*(q for q in questions if q not in seen), *weakest]
    limit = data.draw(st.integers(0, 7))
    following = study.list_next_questions(conn, session_id=session, limit=limit)
    assert [each.question_id for each in following] == expected[:limit]
    progress = study.list_progress(conn, user_id=user)
    total = sum(map(len, seen.values()))
    assert [(each.seen_count, each.answered_count, each.correct_count) for each in progress] == (
        [(len(seen), total, sum(map(sum, seen.values())))] if total else []
    )
    accounts.delete_user(conn, user_id=user)
