"""What practice tells: progress, days, streaks, the leaderboard."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from exchange_db import accounts, study
from exchange_db.errors import InvalidValue, Refused
from exchange_db.study import QuestionDraft
from exchange_db.types import QuestionId, SubjectId, UserId
from tests.database.questions import NONE, Conn, add_user, answer, practise

if TYPE_CHECKING:
    from collections.abc import Callable


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
    conn: Conn, ada: UserId, *, zone: str, day: date, answers: int, session_zone: str
) -> None:
    """Around odd days an answer every ten minutes falls on the day that the clocks there show, for days and streaks."""
    conn.execute("select set_config('timezone', %s, false)", [session_zone])
    conn.execute(
        """
        with sessions as (
          insert into exchange.practice_sessions (user_id, subject_id)
          select %(user)s, min(id) from exchange.subjects cross join generate_series(1, 576) as n group by n
          returning id, subject_id
        )
        insert into exchange.attempts (session_id, question_id, user_id, subject_id, answer, is_correct, answered_at)
        select
          id, (select min(id) from exchange.questions), %(user)s, subject_id, '', true,
          (%(day)s::timestamp at time zone 'UTC') - interval '38 hours'
          + interval '10 minutes' * row_number() over (order by id)
        from sessions
        """,
        {"user": ada, "day": day},
    )
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=10 * n) for n in range(-227, 349)]
    there = Counter(each.astimezone(ZoneInfo(zone)).date() for each in moments)
    assert there[day] == answers
    around: dict[str, Any] = {"first_day": day - timedelta(1), "last_day": day + timedelta(1)}
    for span in (around, dict[str, Any](first_day=day, last_day=day)):
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
    for wrong in ({"limit": -1}, {"since": datetime(2020, 1, 2)}):
        with pytest.raises(InvalidValue):
            board(**wrong)


def test_who_left_is_not_on_the_leaderboard(
    conn: Conn, ada: UserId, maths: SubjectId, questions: list[QuestionId]
) -> None:
    """A deactivated account gives up its place to the next; it has it again when it comes back."""
    bob = add_user(conn, "bob")
    practise(conn, ada, maths, {questions[0]: True})
    practise(conn, bob, maths, {questions[0]: False})

    def board(subject_id: SubjectId | None) -> list[tuple[int, UserId]]:
        entries = study.list_leaderboard(conn, min_answers=1, subject_id=subject_id)
        return [(each.place, each.user_id) for each in entries]

    accounts.deactivate_user(conn, user_id=ada)
    assert board(None) == board(maths) == [(1, bob)]
    accounts.reactivate_user(conn, user_id=ada)
    assert board(None) == board(maths) == [(1, ada), (2, bob)]
