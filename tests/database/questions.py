"""What the tests of study have in common: questions, people who answer them, and how statements are explained."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from exchange_db import accounts, study
from exchange_db.engine import Query
from exchange_db.errors import ExchangeError, InvalidValue
from exchange_db.study import Attempt, Question, QuestionDraft
from exchange_db.types import PracticeSessionId, QuestionId, SubjectId, UserId
from tests.database.plans import Plan, explain

__all__ = [
    "NONE",
    "Conn",
    "Pool",
    "add",
    "add_user",
    "answer",
    "draft",
    "explain_by_name",
    "practise",
    "refused",
]

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]
NONE = 2**63 - 1


def add(conn: Conn, subject_id: SubjectId, body: str = "What is 2 + 2?", **fields: Any) -> Question:
    content: dict[str, Any] = {"subject_id": subject_id, "year": 2020, "body": body, "answer": "4", **fields}
    return study.add_question(conn, **content)


def draft(subject_id: SubjectId, body: str = "What is 2 + 2?", **fields: Any) -> QuestionDraft:
    content: dict[str, Any] = {"subject_id": subject_id, "year": 2020, "body": body, "answer": "4", **fields}
    return QuestionDraft(**content)


def refused(call: Callable[[], object], kind: type[ExchangeError] = InvalidValue) -> str | None:
    """The constraint that refuses the call."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value.constraint


def add_user(db: Conn | Pool, name: str = "ada") -> UserId:
    return accounts.create_user(db, email=f"{name}@example.org", password_hash="hash", username=name).user_id


def answer(db: Conn | Pool, session: PracticeSessionId, question: QuestionId, text: str = "yes") -> Attempt:
    return study.answer_question(db, session_id=session, question_id=question, answer=text)


def practise(conn: Conn, user: UserId, subject: SubjectId, answers: dict[QuestionId, bool]) -> None:
    """A session with these answers, right or wrong."""
    session = study.start_practice_session(conn, user_id=user, subject_id=subject).session_id
    for question, right in answers.items():
        answer(conn, session, question, "yes" if right else "no")


def explain_by_name(conn: Conn, function: Query[..., Any], **values: str | None) -> Plan:
    """``explain`` with the values in the order of the statement's parameters; null for those that are left out. Of a
    statement with parts, the first variant that takes just these values."""
    variants = function.file.variants
    statement = next((each for each in variants if set(each.parameters) == set(values)), variants[0])
    assert len(variants) == 1 or set(statement.parameters) == set(values)
    return explain(conn, function, *(values.get(name) for name in statement.parameters), variant=statement.label)
