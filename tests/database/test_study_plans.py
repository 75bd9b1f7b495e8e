"""Study at size: 12,000 questions, 100,000 attempts; no call costs more than what it is about."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest

from exchange_db import study
from tests.database.plans import MODES, explain
from tests.database.questions import Conn, explain_by_name

if TYPE_CHECKING:
    from exchange_db.engine import Query

SIZE, LAST = 2400, 5


@pytest.fixture(scope="module")
def many(module_database_url: str) -> Generator[Conn]:
    """Five subjects one after the other, of 2,400 questions each; one question in 250 has the rare tag or a given word.

    200 people have answered 250 questions of the first subject and 250 of the last, in sessions of 50.
    """
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")  # nobody needs the foreign keys checked here
        conn.execute("""
            insert into exchange.users (email, password_hash)
            select n || '@example.org', 'hash' from generate_series(1, 200) as n;
            insert into exchange.subjects (name) select 'subject ' || n from generate_series(1, 5) as n;
            insert into exchange.questions (subject_id, year, paper, body, answer, tags)
            select 1 + (n - 1) / 2400, 1980 + n % 40, n % 3, 'Question number ' || n || ' of topic t' || n % 240, 'x',
              case when n % 250 = 0 then array['rare', 'common'] else array['common'] end
            from generate_series(1, 12000) as n;
            insert into exchange.practice_sessions (user_id, subject_id, answered_count)
            select 1 + n % 200, 1 + (n / 200) % 2 * 4, 50 from generate_series(0, 1999) as n;
            insert into exchange.attempts (
              session_id, question_id, user_id, subject_id, answer, is_correct, answered_at
            )
            select s.id, (s.subject_id - 1) * 2400 + (s.id - 1) / 400 * 50 + n, s.user_id, s.subject_id, 'x', n % 3 = 0,
              timestamptz '2024-01-01Z' + s.id * interval '1 hour'
            from exchange.practice_sessions as s
            cross join generate_series(1, 50) as n
        """)
        conn.execute("set session_replication_role = origin")
        conn.execute("vacuum analyze")
        yield conn


@pytest.mark.parametrize("mode", MODES)
def test_a_search_rides_its_index(many: Conn, mode: LiteralString) -> None:
    """50 of 12,000 are found in questions_search_idx, and no other question is read."""
    many.execute("set plan_cache_mode = " + mode)
    values = {"words": "t77", "subject_id": "1", "limit": "20", "page_rank": "0.05", "page_question_id": "1"}
    for statement in study.search_questions.file.variants:
        given = (values.get(name) for name in statement.parameters)
        plan = explain(many, study.search_questions, *given, variant=statement.label)
        assert "questions_search_idx" in plan.indexes
        assert "Seq Scan" not in plan.nodes, plan.text
        assert plan.rows_read <= 200, plan.text


def forget_statistics(conn: Conn) -> None:
    conn.execute("delete from pg_statistic where starelid = 'exchange.questions'::regclass")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("subject", [1, LAST])
@pytest.mark.parametrize("after", [None, 2000])
def test_a_page_of_questions_costs_a_page(
    many: Conn, mode: LiteralString, known: bool, subject: int, after: int | None
) -> None:
    """In front of the table and at its end, from the start and deep, whatever narrows it, also without statistics."""
    many.execute("set plan_cache_mode = " + mode)
    where = {"subject_id": str(subject), "limit": "20"}
    if after:
        where["page_question_id"] = str((subject - 1) * SIZE + after)
    narrowed: list[tuple[dict[str, str], str, int]] = [
        ({}, "questions_subject_id_id_key", 40),
        ({"year": "1990"}, "questions_subject_id_year_idx", 40),
        ({"paper": "1"}, "questions", SIZE),  # a paper without its year is sought through the subject
        ({"tags": "{rare}"}, "questions_tags_idx", 100),
    ]
    with many.transaction(force_rollback=True):
        if not known:
            forget_statistics(many)
        for values, index, rows in narrowed:
            plan = explain_by_name(many, study.list_questions, **where, **values)
            assert any(each.startswith(index) for each in plan.indexes), plan.text
            assert "Seq Scan" not in plan.nodes, plan.text
            assert plan.rows_read <= rows, plan.text


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("session", [7, 207])
def test_what_comes_next_is_not_sought_in_other_subjects(
    many: Conn, mode: LiteralString, known: bool, session: int
) -> None:
    """In a session of the first subject and of the last: the questions passed over are those that were answered."""
    many.execute("set plan_cache_mode = " + mode)
    with many.transaction(force_rollback=True):
        if not known:
            forget_statistics(many)
        plan = explain_by_name(many, study.list_next_questions, session_id=str(session), limit="10")
    assert {"attempts_user_id_idx", "questions_subject_id_id_key"} <= plan.indexes, plan.text
    assert "Seq Scan" not in plan.nodes, plan.text
    assert plan.rows_read <= 1200, plan.text


@pytest.mark.parametrize("mode", MODES)
def test_a_person_costs_a_person(many: Conn, mode: LiteralString) -> None:
    """Among 100,000 attempts only those of the person are read."""
    many.execute("set plan_cache_mode = " + mode)
    user, session = "7", "7"
    week = {"first_day": "2024-01-01", "last_day": "2024-02-01"}
    hot: list[tuple[Query[..., Any], str, int]] = [
        (study.list_attempts, "attempts_pkey", 160),
        (study.get_streak, "attempts_user_id_idx", 600),
        (study.list_daily_accuracy, "attempts_user_id_idx", 600),
    ]
    for variant in ("first page", "next page", "previous page"):
        edge = () if variant == "first page" else ("107",)
        plan = explain(many, study.list_practice_sessions, user, *edge, "10", variant=variant)
        assert "practice_sessions_user_id_idx" in plan.indexes, plan.text
        assert plan.rows_read <= 10, plan.text
    for function, index, rows in hot:
        plan = explain_by_name(many, function, user_id=user, session_id=session, time_zone="UTC", limit="10", **week)
        assert index in plan.indexes, plan.text
        assert "Seq Scan" not in plan.nodes, plan.text
        assert plan.rows_read <= rows, plan.text


@pytest.mark.parametrize("mode", MODES)
def test_a_leaderboard_reads_its_time(many: Conn, mode: LiteralString) -> None:
    """One subject's attempts of the last days, and no others."""
    many.execute("set plan_cache_mode = " + mode)
    values = {"subject_id": str(LAST), "since": "2024-03-20Z", "min_answers": "1", "limit": "20"}
    plan = explain_by_name(many, study.list_leaderboard, **values)
    assert "attempts_subject_id_idx" in plan.indexes, plan.text
    assert plan.rows_read < 12_000, plan.text
