"""Calls of the functions of study: one that works, and each error that they can raise."""

from datetime import UTC, date, datetime
from typing import Any

from exchange_db import accounts, study
from exchange_db.errors import Conflict, InvalidCursor, InvalidValue, MissingReference, NotFound, Refused
from exchange_db.study import EmbeddingDraft, QuestionDraft
from exchange_db.types import QuestionId
from tests.contract.calls.table import Call, World

NOBODY = 2**62


def prepare(world: World) -> dict[str, Any]:
    """A user with an open and a finished session in a subject with an answered and an unanswered question."""
    db = world.conn
    ada = accounts.create_user(db, email="ada@example.org", password_hash="hash").user_id
    maths = study.create_subject(db, name="Mathematics").subject_id
    art = study.create_subject(db, name="Art").subject_id
    music = study.create_subject(db, name="Music").subject_id  # without questions

    def add(subject_id: Any, body: str) -> Any:
        return study.add_question(db, subject_id=subject_id, year=2020, body=body, answer="4").question_id

    answered, fresh, other = add(maths, "2 + 2?"), add(maths, "1 + 3?"), add(art, "How many?")
    for question_id, embedding in ((answered, [1.0, 0.0]), (fresh, [1.0, 1.0])):
        study.set_embedding(db, question_id=question_id, embedding=embedding)
    session = study.start_practice_session(db, user_id=ada, subject_id=maths).session_id
    finished = study.start_practice_session(db, user_id=ada, subject_id=maths).session_id
    study.answer_question(db, session_id=session, question_id=answered, answer="4")
    study.finish_practice_session(db, session_id=finished)
    return {
        "ada": ada, "maths": maths, "art": art, "music": music, "answered": answered, "fresh": fresh, "other": other,
        "session": session, "finished": finished,
    }  # fmt: skip


def _question(**changes: Any) -> dict[str, Any]:
    return {
        "year": 2020, "paper": "", "body": "New?", "choices": None, "answer": "4", "explanation": None,
        "difficulty": 3, "tags": [], **changes,
    }  # fmt: skip


def _draft(subject_id: Any, **changes: Any) -> QuestionDraft:
    return QuestionDraft(subject_id=subject_id, **_question(**changes))


CALLS: dict[str, Call] = {
    "create_subject": Call(
        works=lambda it: {"name": "Geography"},
        errors={Conflict: [lambda it: {"name": "MATHEMATICS"}], InvalidValue: [lambda it: {"name": " "}]},
    ),
    "get_subject": Call(
        works=lambda it: {"subject_id": it["maths"]}, errors={NotFound: [lambda it: {"subject_id": NOBODY}]}
    ),
    "find_subject_by_name": Call(works=lambda it: {"name": "mathematics"}, errors={}),
    "list_subjects": Call(works=lambda it: {}, errors={}),
    "update_subject": Call(
        works=lambda it: {"subject_id": it["maths"], "name": "Maths"},
        errors={
            NotFound: [lambda it: {"subject_id": NOBODY, "name": "x"}],
            Conflict: [lambda it: {"subject_id": it["maths"], "name": "ART"}],
            InvalidValue: [lambda it: {"subject_id": it["maths"], "name": "x" * 101}],
        },
    ),
    "delete_subject": Call(
        works=lambda it: {"subject_id": it["music"]},
        errors={
            NotFound: [lambda it: {"subject_id": NOBODY}],
            MissingReference: [lambda it: {"subject_id": it["maths"]}],
        },
    ),
    "add_question": Call(
        works=lambda it: {"subject_id": it["maths"], **_question()},
        errors={
            Conflict: [lambda it: {"subject_id": it["maths"], **_question(body="2 + 2?")}],
            MissingReference: [lambda it: {"subject_id": NOBODY, **_question()}],
            InvalidValue: [
                lambda it: {"subject_id": it["maths"], **_question(choices=["5", "6"])},
                lambda it: {"subject_id": it["maths"], **_question(year=1)},
                lambda it: {"subject_id": it["maths"], **_question(tags=[""])},
            ],
        },
    ),
    "import_questions": Call(
        works=lambda it: {"questions": [_draft(it["maths"]), _draft(it["art"])]},
        errors={
            MissingReference: [lambda it: {"questions": [_draft(it["maths"]), _draft(NOBODY)]}],
            InvalidValue: [lambda it: {"questions": [_draft(it["maths"]), _draft(it["maths"], body="")]}],
        },
    ),
    "get_question": Call(
        works=lambda it: {"question_id": it["fresh"]}, errors={NotFound: [lambda it: {"question_id": NOBODY}]}
    ),
    "update_question": Call(
        works=lambda it: {"question_id": it["fresh"], **_question()},
        errors={
            NotFound: [lambda it: {"question_id": NOBODY, **_question()}],
            Conflict: [lambda it: {"question_id": it["fresh"], **_question(body="2 + 2?")}],
            InvalidValue: [lambda it: {"question_id": it["fresh"], **_question(difficulty=6)}],
        },
    ),
    "delete_question": Call(
        works=lambda it: {"question_id": it["fresh"]},
        errors={
            NotFound: [lambda it: {"question_id": NOBODY}],
            MissingReference: [lambda it: {"question_id": it["answered"]}],
        },
    ),
    "list_questions": Call(
        works=lambda it: {"subject_id": it["maths"], "year": 2020, "paper": "", "tags": []},
        errors={
            InvalidValue: [lambda it: {"subject_id": it["maths"], "limit": 0}],
            InvalidCursor: [lambda it: {"subject_id": it["maths"], "cursor": "x"}],
        },
    ),
    "search_questions": Call(
        works=lambda it: {"words": "many or 2", "tags": []},
        errors={
            InvalidValue: [lambda it: {"words": "many", "limit": 0}],
            InvalidCursor: [lambda it: {"words": "many", "cursor": "x"}],
        },
    ),
    "set_embedding": Call(
        works=lambda it: {"question_id": it["other"], "embedding": [0.0, 2.0]},
        errors={
            NotFound: [lambda it: {"question_id": NOBODY, "embedding": [0.0, 2.0]}],
            InvalidValue: [
                lambda it: {"question_id": it["other"], "embedding": [0.0, 0.0]},
                lambda it: {"question_id": it["other"], "embedding": [0.0, float("nan")]},
                lambda it: {"question_id": it["other"], "embedding": []},
            ],
            Refused: [lambda it: {"question_id": it["other"], "embedding": [0.0, 1.0, 2.0]}],
        },
    ),
    "import_embeddings": Call(
        works=lambda it: {"embeddings": [EmbeddingDraft(question_id=it["other"], embedding=[0.0, 2.0])]},
        errors={
            InvalidValue: [lambda it: {"embeddings": [EmbeddingDraft(question_id=it["other"], embedding=[0.0, 0.0])]}],
            Refused: [
                lambda it: {"embeddings": [EmbeddingDraft(question_id=it["other"], embedding=[1.0])]},
                lambda it: {"embeddings": [EmbeddingDraft(question_id=QuestionId(NOBODY), embedding=[1.0, 0.0])]},
            ],
        },
    ),
    "delete_embeddings": Call(works=lambda it: {}, errors={}),
    "list_questions_without_embedding": Call(works=lambda it: {}, errors={InvalidValue: [lambda it: {"limit": 0}]}),
    "list_similar_questions": Call(
        works=lambda it: {"question_id": it["answered"]},
        errors={
            Refused: [lambda it: {"question_id": it["other"]}, lambda it: {"question_id": NOBODY}],
            InvalidValue: [lambda it: {"question_id": it["answered"], "limit": -1}],
        },
    ),
    "list_questions_near_embedding": Call(
        works=lambda it: {"embedding": [1.0, 2.0]},
        errors={
            Refused: [lambda it: {"embedding": [1.0]}],
            InvalidValue: [
                lambda it: {"embedding": [0.0, 0.0]},
                lambda it: {"embedding": [1.0, float("inf")]},
                lambda it: {"embedding": [1.0, 2.0], "limit": -1},
            ],
        },
    ),
    "start_practice_session": Call(
        works=lambda it: {"user_id": it["ada"], "subject_id": it["art"]},
        errors={
            MissingReference: [
                lambda it: {"user_id": NOBODY, "subject_id": it["art"]},
                lambda it: {"user_id": it["ada"], "subject_id": NOBODY},
            ]
        },
    ),
    "get_practice_session": Call(
        works=lambda it: {"session_id": it["session"]}, errors={NotFound: [lambda it: {"session_id": NOBODY}]}
    ),
    "list_practice_sessions": Call(
        works=lambda it: {"user_id": it["ada"]}, errors={InvalidValue: [lambda it: {"user_id": it["ada"], "limit": 0}]}
    ),
    "list_next_questions": Call(
        works=lambda it: {"session_id": it["session"]},
        errors={InvalidValue: [lambda it: {"session_id": it["session"], "limit": -1}]},
    ),
    "answer_question": Call(
        works=lambda it: {"session_id": it["session"], "question_id": it["fresh"], "answer": "5"},
        errors={
            NotFound: [lambda it: {"session_id": NOBODY, "question_id": it["fresh"], "answer": "4"}],
            Conflict: [lambda it: {"session_id": it["session"], "question_id": it["answered"], "answer": "4"}],
            Refused: [lambda it: {"session_id": it["finished"], "question_id": it["fresh"], "answer": "4"}],
            MissingReference: [
                lambda it: {"session_id": it["session"], "question_id": it["other"], "answer": "4"},
                lambda it: {"session_id": it["session"], "question_id": NOBODY, "answer": "4"},
            ],
            InvalidValue: [lambda it: {"session_id": it["session"], "question_id": it["fresh"], "answer": "x" * 2001}],
        },
    ),
    "finish_practice_session": Call(
        works=lambda it: {"session_id": it["session"]}, errors={NotFound: [lambda it: {"session_id": NOBODY}]}
    ),
    "delete_practice_session": Call(
        works=lambda it: {"session_id": it["session"]}, errors={NotFound: [lambda it: {"session_id": NOBODY}]}
    ),
    "list_attempts": Call(works=lambda it: {"session_id": it["session"]}, errors={}),
    "list_progress": Call(works=lambda it: {"user_id": it["ada"]}, errors={}),
    "list_daily_accuracy": Call(
        works=lambda it: {
            "user_id": it["ada"], "first_day": date(2024, 1, 1), "last_day": date(2024, 1, 7), "time_zone": "UTC",
        },
        errors={
            InvalidValue: [
                lambda it: {
                    "user_id": it["ada"], "first_day": date(2024, 1, 1), "last_day": date(2024, 1, 7),
                    "time_zone": "Mars",
                }
            ],
            Refused: [
                lambda it: {
                    "user_id": it["ada"], "first_day": date(2000, 1, 1), "last_day": date(2024, 1, 7),
                    "time_zone": "UTC",
                }
            ],
        },
    ),
    "get_streak": Call(
        works=lambda it: {"user_id": it["ada"], "time_zone": "Europe/Berlin"},
        errors={InvalidValue: [lambda it: {"user_id": it["ada"], "time_zone": "Mars/Olympus"}]},
    ),
    "list_leaderboard": Call(
        works=lambda it: {"min_answers": 1, "since": datetime(2024, 1, 1, tzinfo=UTC)},
        errors={InvalidValue: [lambda it: {"limit": -1}, lambda it: {"since": datetime(2024, 1, 1)}]},
    ),
}  # fmt: skip
