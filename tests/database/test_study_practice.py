"""Practice: sessions, answers and their races, what comes next, progress, days, streaks, the leaderboard."""

from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from exchange_db import accounts, study
from exchange_db.engine import Query
from exchange_db.engine.sqlfile import load_folder
from exchange_db.errors import Conflict, ExchangeError, InvalidValue, MissingReference, NotFound, Refused
from exchange_db.study import Attempt, PracticeSession, QuestionDraft
from exchange_db.types import PracticeSessionId, QuestionId, SubjectId, UserId
from tests.database.plans import MODES, Plan, explain
from tests.database.races import all_at_once, wait_until_blocked

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]
NONE = 2**63 - 1
in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)


def add_user(db: Conn | Pool, name: str = "ada") -> UserId:
    return accounts.create_user(db, email=f"{name}@example.org", password_hash="hash", username=name).user_id


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


def answer(db: Conn | Pool, session: PracticeSessionId, question: QuestionId, text: str = "yes") -> Attempt:
    return study.answer_question(db, session_id=session, question_id=question, answer=text)


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
    assert study.list_practice_sessions(conn, user_id=ada) == [other, done]
    assert study.list_practice_sessions(conn, user_id=ada, before_session_id=other.session_id) == [done]
    assert study.list_practice_sessions(conn, user_id=ada, limit=1) == [other]
    assert study.delete_practice_session(conn, session_id=session) == done
    assert study.list_attempts(conn, session_id=session) == []
    assert study.list_practice_sessions(conn, user_id=ada) == [other]


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
        study.list_practice_sessions(conn, user_id=ada, limit=-1)


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


def practise(conn: Conn, user: UserId, subject: SubjectId, answers: dict[QuestionId, bool]) -> None:
    """A session with these answers, right or wrong."""
    session = study.start_practice_session(conn, user_id=user, subject_id=subject).session_id
    for question, right in answers.items():
        answer(conn, session, question, "yes" if right else "no")


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


# --- what practice tells ---------------------------------------------------------------------------------


def history(conn: Conn, user: UserId, subject: SubjectId, moments: dict[datetime, bool]) -> None:
    """Attempts at given moments, each in a session of its own."""
    (question,) = study.list_questions(conn, subject_id=subject, limit=1)
    for moment, right in moments.items():
        session = study.start_practice_session(conn, user_id=user, subject_id=subject).session_id
        answer(conn, session, question.question_id, question.answer if right else "wrong")
        conn.execute("update exchange.attempts set answered_at = %s where session_id = %s", (moment, session))


def test_progress_by_subject(conn: Conn, ada: UserId, maths: SubjectId, questions: list[QuestionId]) -> None:
    """Only practised subjects, by name; different questions of how many, and the share of right answers."""
    art = study.create_subject(conn, name="art").subject_id
    painting = study.add_question(conn, subject_id=art, year=2020, body="?", answer="yes").question_id
    study.create_subject(conn, name="Music")
    practise(conn, ada, maths, {questions[0]: True, questions[1]: False})
    practise(conn, ada, maths, {questions[0]: True, questions[2]: True})
    practise(conn, ada, art, {painting: False})
    first, second = study.list_progress(conn, user_id=ada)
    assert (first.subject_name, first.question_count, first.seen_count, first.accuracy) == ("art", 1, 1, 0)
    assert (second.subject_id, second.question_count, second.seen_count) == (maths, 6, 3)
    assert (second.answered_count, second.correct_count, second.accuracy) == (4, 3, 0.75)
    assert study.list_progress(conn, user_id=UserId(NONE)) == []


def test_accuracy_of_each_day_of_a_zone(conn: Conn, ada: UserId, maths: SubjectId, questions: list[QuestionId]) -> None:
    """A day begins at the zone's midnight, also where clocks change; days without practice are there too."""
    moments = {
        datetime(2024, 3, 29, 22, 59, 59, tzinfo=UTC): True,  # the 29th in Berlin, an hour before its midnight
        datetime(2024, 3, 30, 22, 59, tzinfo=UTC): True,
        datetime(2024, 3, 30, 23, 0, tzinfo=UTC): False,  # the 31st, which has 23 hours
        datetime(2024, 3, 31, 21, 59, tzinfo=UTC): True,
        datetime(2024, 3, 31, 22, 0, tzinfo=UTC): True,  # the 1st of April
    }
    history(conn, ada, maths, moments)
    range_: dict[str, Any] = {"user_id": ada, "first_day": date(2024, 3, 30), "last_day": date(2024, 4, 2)}
    days = study.list_daily_accuracy(conn, **range_, time_zone="Europe/Berlin")
    assert [(each.day.day, each.answered_count, each.correct_count, each.accuracy) for each in days] == [
        (30, 1, 1, 1.0), (31, 2, 1, 0.5), (1, 1, 1, 1.0), (2, 0, 0, None),
    ]  # fmt: skip
    in_utc = study.list_daily_accuracy(conn, **range_, time_zone="UTC", subject_id=maths)
    assert [each.answered_count for each in in_utc] == [2, 2, 0, 0]
    none = study.list_daily_accuracy(conn, **range_, time_zone="UTC", subject_id=SubjectId(NONE))
    assert [each.answered_count for each in none] == [0, 0, 0, 0]
    backwards: dict[str, Any] = {**range_, "last_day": date(2024, 3, 29)}
    assert study.list_daily_accuracy(conn, **backwards, time_zone="UTC") == []
    long: dict[str, Any] = {"user_id": ada, "first_day": date(2014, 1, 1), "time_zone": "UTC"}
    assert len(study.list_daily_accuracy(conn, **long, last_day=date(2014, 1, 1) + timedelta(3659))) == 3660
    with pytest.raises(Refused):
        study.list_daily_accuracy(conn, **long, last_day=date(2014, 1, 1) + timedelta(3660))


@pytest.mark.parametrize(
    ("days", "runs"),
    [
        ([], (0, 0)), ([10], (1, 1)), ([9], (1, 1)), ([8], (0, 1)), ([8, 9, 10], (3, 3)),
        ([9, 8, 7, 5, 4, 3, 2], (3, 4)), ([1, 2, 3, 10], (1, 3)), ([8, 9, 11], (2, 2)),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("questions")
def test_a_streak(conn: Conn, ada: UserId, maths: SubjectId, days: list[int], runs: tuple[int, int]) -> None:
    """Days in a row up to the 10th, or to the 9th while the 10th can still be done; the future does not count."""
    history(conn, ada, maths, {datetime(2024, 1, day, hour, tzinfo=UTC): True for day in days for hour in (1, 20)})
    streak = study.get_streak(conn, user_id=ada, time_zone="UTC", today=date(2024, 1, 10))
    assert (streak.current_days, streak.longest_days) == runs
    past = [day for day in days if day <= 10]
    assert streak.last_day == (date(2024, 1, max(past)) if past else None)


def test_a_streak_is_one_of_a_zone(conn: Conn, ada: UserId, maths: SubjectId, questions: list[QuestionId]) -> None:
    """Late evenings here are the next day elsewhere; without ``today`` it is now."""
    history(conn, ada, maths, {datetime(2024, 1, 9, 23, tzinfo=UTC): True, datetime(2024, 1, 10, 1, tzinfo=UTC): True})
    for zone, days in (("UTC", 2), ("Europe/Berlin", 1)):
        assert study.get_streak(conn, user_id=ada, time_zone=zone, today=date(2024, 1, 10)).current_days == days
    practise(conn, ada, maths, {questions[0]: True})
    assert study.get_streak(conn, user_id=ada, time_zone="Asia/Tokyo").current_days == 1


@pytest.mark.parametrize("session_zone", ["UTC", "America/Los_Angeles"])
@pytest.mark.parametrize(
    ("zone", "day", "answers"),
    [
        ("Europe/Berlin", date(2024, 3, 31), 138),
        ("America/Havana", date(2024, 11, 3), 150),  # two midnights
        ("America/St_Johns", date(2010, 11, 7), 145),  # clocks go back over midnight: not one stretch of time
        ("Pacific/Apia", date(2011, 12, 30), 0),  # left out
        ("Asia/Kathmandu", date(2024, 5, 1), 144),
    ],
)
@pytest.mark.usefixtures("questions")
def test_a_day_is_that_of_the_zone(
    conn: Conn, ada: UserId, maths: SubjectId, zone: str, day: date, answers: int, session_zone: str
) -> None:
    """Around odd days an answer every ten minutes falls on the day that the clocks there show, for days and streaks."""
    conn.execute("select set_config('timezone', %s, false)", [session_zone])
    conn.execute(
        """
        with sessions as (
          insert into exchange.practice_sessions (user_id, subject_id)
          select %(user)s, %(subject)s from generate_series(1, 576) returning id
        )
        insert into exchange.attempts (session_id, question_id, user_id, subject_id, answer, is_correct, answered_at)
        select
          id, (select min(id) from exchange.questions), %(user)s, %(subject)s, '', true,
          (%(day)s::timestamp at time zone 'UTC') - interval '38 hours'
          + interval '10 minutes' * row_number() over (order by id)
        from sessions
        """,
        {"user": ada, "subject": maths, "day": day},
    )
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=10 * n) for n in range(-227, 349)]
    there = Counter(each.astimezone(ZoneInfo(zone)).date() for each in moments)
    assert there[day] == answers
    around = {"first_day": day - timedelta(1), "last_day": day + timedelta(1)}
    for span in (around, {"first_day": day, "last_day": day}):
        days = study.list_daily_accuracy(conn, user_id=ada, **span, time_zone=zone)
        assert [each.answered_count for each in days] == [there[each.day] for each in days]
    streak = study.get_streak(conn, user_id=ada, time_zone=zone, today=day + timedelta(1))
    whole = [day + timedelta(n) for n in (1, 0, -1, -2, -3)]
    assert streak.current_days == next(n for n, each in enumerate(whole) if not there[each])


@pytest.mark.parametrize("zone", ["", "CET", "+02:00", "Mars/Olympus", "UTC+2"])
def test_a_zone_that_could_be_misread_is_refused(conn: Conn, ada: UserId, zone: str) -> None:
    """Also for who never practised, and whatever day it is."""
    day = date(2024, 1, 10)
    calls: list[Callable[[], object]] = [
        lambda: study.get_streak(conn, user_id=ada, time_zone=zone),
        lambda: study.get_streak(conn, user_id=ada, time_zone=zone, today=day),
        lambda: study.list_daily_accuracy(conn, user_id=ada, first_day=day, last_day=day, time_zone=zone),
    ]
    for call in calls:
        with pytest.raises(InvalidValue) as caught:
            call()
        assert caught.value.constraint == "time_zone_check" or "not recognized" in caught.value.sentence


def test_the_leaderboard(conn: Conn, ada: UserId, maths: SubjectId, questions: list[QuestionId]) -> None:
    """By share, then number of answers; equal ones share a place; too few answers or too old ones do not count."""
    people = [ada, *(add_user(conn, name) for name in ("bob", "cyd", "dan", "eve"))]
    for person, right in zip(people, (3, 4, 4, 1, 2), strict=True):
        practise(
            conn, person, maths, {q: n < right for n, q in enumerate(questions[: 1 if person == people[3] else 4])}
        )
    art = study.create_subject(conn, name="Art").subject_id
    painting = study.add_question(conn, subject_id=art, year=2020, body="?", answer="yes").question_id
    practise(conn, people[1], art, {painting: False})

    def board(**filters: Any) -> list[tuple[int, str | None, int, int]]:
        entries = study.list_leaderboard(conn, min_answers=filters.pop("min_answers", 2), **filters)
        return [(each.place, each.username, each.answered_count, each.correct_count) for each in entries]

    assert board(subject_id=maths) == [(1, "bob", 4, 4), (1, "cyd", 4, 4), (3, "ada", 4, 3), (4, "eve", 4, 2)]
    assert board() == [(1, "cyd", 4, 4), (2, "bob", 5, 4), (3, "ada", 4, 3), (4, "eve", 4, 2)]
    assert board(min_answers=1)[:2] == [(1, "cyd", 4, 4), (2, "dan", 1, 1)]
    assert board(limit=1) == [(1, "cyd", 4, 4)]
    assert board(min_answers=5) == [(1, "bob", 5, 4)]
    conn.execute("update exchange.attempts set answered_at = '2020-01-01Z' where user_id <> %s", (ada,))
    assert board(since=datetime(2020, 1, 2, tzinfo=UTC), subject_id=maths) == [(1, "ada", 4, 3)]
    assert board(since=datetime(2020, 1, 2, tzinfo=UTC)) == [(1, "ada", 4, 3)]
    assert board(subject_id=SubjectId(NONE)) == []
    with pytest.raises(InvalidValue):
        board(limit=-1)


# --- plans -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(module_database_url: str) -> Generator[Conn]:
    """20,000 questions in two subjects; 200 people with 500 attempts each."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")  # nobody needs the foreign keys checked here
        conn.execute("""
            insert into exchange.users (email, password_hash)
            select n || '@example.org', 'hash' from generate_series(1, 200) as n;
            insert into exchange.subjects (name) values ('a'), ('b');
            insert into exchange.questions (subject_id, year, body, answer)
            select 1 + n % 2, 2020, 'Question ' || n, 'x' from generate_series(1, 20000) as n;
            insert into exchange.practice_sessions (user_id, subject_id, answered_count)
            select 1 + n % 200, 1 + (n / 200) % 2, 50 from generate_series(0, 1999) as n;
            insert into exchange.attempts (
              session_id, question_id, user_id, subject_id, answer, is_correct, answered_at
            )
            select s.id, q.id, s.user_id, s.subject_id, 'x', q.id % 3 = 0,
              timestamptz '2024-01-01Z' + s.id * interval '1 hour'
            from exchange.practice_sessions as s
            cross join lateral generate_series(0, 49) as n
            inner join exchange.questions as q
              on q.id = 2 * (s.id / 200 * 50 + n) + s.subject_id - 1 + case when s.subject_id = 1 then 2 else 0 end
              and q.subject_id = s.subject_id
        """)
        conn.execute("set session_replication_role = origin")
        conn.execute("vacuum analyze")
        yield conn


def explain_by_name(conn: Conn, function: Query[..., Any], **values: str) -> Plan:
    """``explain`` with the values in the order of the statement's parameters; null for those that are left out."""
    names = load_folder(function.path.parent)[0][function.__name__].parameters
    return explain(conn, function, *(values.get(name) for name in names))


@pytest.mark.parametrize("mode", MODES)
def test_a_person_costs_a_person(many: Conn, mode: LiteralString) -> None:
    """Among 100,000 attempts only those of the person are read, and of 10,000 questions only those that come next."""
    many.execute("set plan_cache_mode = " + mode)
    user, session = "7", "7"
    week = {"first_day": "2024-01-01", "last_day": "2024-02-01"}
    hot: list[tuple[Query[..., Any], str, int]] = [
        (study.list_next_questions, "attempts_user_id_idx", 1200),
        (study.list_practice_sessions, "practice_sessions_user_id_idx", 10),
        (study.list_attempts, "attempts_pkey", 160),
        (study.get_streak, "attempts_user_id_idx", 600),
        (study.list_daily_accuracy, "attempts_user_id_idx", 600),
    ]
    for function, index, rows in hot:
        plan = explain_by_name(many, function, user_id=user, session_id=session, time_zone="UTC", limit="10", **week)
        assert index in plan.indexes, plan.text
        assert "Seq Scan" not in plan.nodes, plan.text
        assert plan.rows_read <= rows, plan.text


@pytest.mark.parametrize("mode", MODES)
def test_a_leaderboard_reads_its_time(many: Conn, mode: LiteralString) -> None:
    """One subject's attempts of the last days, and no others."""
    many.execute("set plan_cache_mode = " + mode)
    values = {"subject_id": "1", "since": "2024-03-20Z", "min_answers": "1", "limit": "20"}
    plan = explain_by_name(many, study.list_leaderboard, **values)
    assert "attempts_subject_id_idx" in plan.indexes, plan.text
    assert plan.rows_read < 12_000, plan.text
