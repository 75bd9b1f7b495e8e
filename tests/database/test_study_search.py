"""Study: questions found by words; what is found, in which order, and that any text is a search."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange_db import study
from exchange_db.study import Question
from exchange_db.types import QuestionId, SubjectId
from tests.database.pages import walked
from tests.database.questions import NONE, Conn, add, draft, refused

in_one_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


@pytest.fixture
def maths(conn: Conn) -> SubjectId:
    return study.create_subject(conn, name="Mathematics").subject_id


@pytest.fixture
def library(conn: Conn, maths: SubjectId) -> dict[str, QuestionId]:
    """A few questions by a word that names them."""
    biology = study.create_subject(conn, name="Biology").subject_id
    bodies: dict[str, dict[str, Any]] = {
        "derivative": {"body": "Find the derivative of sin x.", "difficulty": 4, "tags": ["calculus"]},
        "derivatives": {"body": "Name two derivatives of petroleum.", "year": 2019},
        "explained": {"body": "Integrate cos x.", "explanation": "The derivative of sin is cos."},
        "hamlet": {"body": "Who said: To be, or not to be?", "choices": ["Hamlet", "Ophelia"], "answer": "hamlet"},
        "cell": {"body": "Where in the cell is energy made?", "subject_id": biology, "tags": ["calculus of life"]},
        "umlaut": {"body": "Wer schrieb „Die Räuber“?"},
    }
    return {name: add(conn, fields.pop("subject_id", maths), **fields).question_id for name, fields in bodies.items()}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("derivative", ["derivative", "derivatives", "explained"]),
        ("derivatives", ["derivative", "derivatives", "explained"]),
        ('"derivative of sin"', ["derivative", "explained"]),
        ("derivative -petroleum", ["derivative", "explained"]),
        ("petroleum or energy", ["derivatives", "cell"]),
        ("calculus", ["derivative", "cell"]),
        ("ophelia", ["hamlet"]),
        ("to be or not to be", ["hamlet"]),
        ("räuber", ["umlaut"]),
        ("RÄUBER", ["umlaut"]),
        ("the", ["derivative", "cell"]),
        ("nothing like it", []),
        ("", []),
        (" \n", []),
        ("?! -- ()", []),
        ('"', []),
    ],
)
def test_what_a_search_finds(conn: Conn, library: dict[str, QuestionId], words: str, found: list[str]) -> None:
    """Forms of words, phrases, or, without; choices, tags, explanations; stop-words alone; nothing for nothing."""
    ids = [each.question_id for each in study.search_questions(conn, words=words)]
    assert sorted(ids) == sorted(library[name] for name in found)


def test_the_best_comes_first(conn: Conn, library: dict[str, QuestionId]) -> None:
    """A word of the question ranks above one of its explanation, its exact form above another form."""
    names = {question_id: name for name, question_id in library.items()}
    found = study.search_questions(conn, words="derivatives").items
    assert [names[each.question_id] for each in found] == ["derivatives", "derivative", "explained"]
    assert [each.rank for each in found] == sorted((each.rank for each in found), reverse=True)
    first = study.get_question(conn, question_id=library["derivatives"])
    assert Question(**found[0].model_dump(exclude={"rank"})) == first


def test_a_search_is_narrowed(conn: Conn, library: dict[str, QuestionId], maths: SubjectId) -> None:
    """By subject, year, difficulty and all of some tags."""

    def ids(**filters: Any) -> list[QuestionId]:
        return [each.question_id for each in study.search_questions(conn, words="derivative or cell", **filters)]

    assert set(ids(subject_id=maths)) == {library[name] for name in ("derivative", "derivatives", "explained")}
    assert ids(year=2019) == [library["derivatives"]]
    assert ids(difficulty=4) == [library["derivative"]]
    assert ids(tags=["CALCULUS"]) == [library["derivative"]]
    assert ids(tags=["calculus", "x"]) == ids(subject_id=SubjectId(NONE)) == []
    refused(lambda: study.search_questions(conn, words="x", limit=0))


def test_a_search_comes_in_pages(conn: Conn, maths: SubjectId) -> None:
    """Hundreds of equal and different ranks: pages of any size give the whole, once each, in one order."""
    study.import_questions(conn, questions=[draft(maths, f"{'prime ' * (n % 4)}number {n}") for n in range(120)])
    whole = study.search_questions(conn, words="number or prime", limit=1000).items
    assert len(whole) == 120
    assert [(-each.rank, each.question_id) for each in whole] == sorted(
        (-each.rank, each.question_id) for each in whole
    )
    assert 1 < len({each.rank for each in whole}) < 120
    for size in (1, 7, 50):
        assert walked(study.search_questions, conn, size, words="number or prime") == whole


@in_one_database
@given(words=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_any_text_is_a_search(conn: Conn, words: str) -> None:
    """No text is an error: not a lone quote, an operator, a control character."""
    study.search_questions(conn, words=words)


@pytest.mark.parametrize(
    "words", ["x" * 1_000_000, "ab " * 300_000, "-" * 5000, '"' * 999, "a or " * 500, "'\\:*&|!<->()"]
)
def test_an_absurd_search_is_one(conn: Conn, library: dict[str, QuestionId], words: str) -> None:
    """Neither length nor operators are an error."""
    study.search_questions(conn, words=words)


def test_a_changed_question_is_found_by_its_new_words(conn: Conn, maths: SubjectId) -> None:
    """What is searched is computed from the row, and by nobody else."""
    question = add(conn, maths, "Old words")
    fields: dict[str, Any] = question.model_dump(exclude={"subject_id", "created_at", "updated_at"})
    fields |= {"body": "Which is prime?", "explanation": "It has no divisors."}
    study.update_question(conn, **fields)
    assert study.search_questions(conn, words="old").items == []
    assert [each.question_id for each in study.search_questions(conn, words="divisor")] == [question.question_id]
