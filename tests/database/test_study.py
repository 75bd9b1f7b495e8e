"""Study: subjects, questions, import; every function with good and with each kind of bad input."""

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from exchange_db import study
from exchange_db.errors import Conflict, InvalidValue, MissingReference, NotFound
from exchange_db.study import Question, QuestionDraft, QuestionImport, Subject
from exchange_db.types import SubjectId
from tests.database.pages import walked
from tests.database.questions import NONE, Conn, Pool, add, draft, refused
from tests.database.races import all_at_once

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def maths(conn: Conn) -> SubjectId:
    return study.create_subject(conn, name="Mathematics").subject_id


# --- subjects --------------------------------------------------------------------------------------------


def test_a_subject_has_a_name(conn: Conn, maths: SubjectId) -> None:
    """It is found by id and by name in any case, renamed, listed by name, deleted."""
    art = study.create_subject(conn, name="art")
    assert [each.name for each in study.list_subjects(conn)] == ["art", "Mathematics"]
    assert study.get_subject(conn, subject_id=art.subject_id) == art
    assert study.find_subject_by_name(conn, name="ART") == art
    assert study.find_subject_by_name(conn, name="music") is None
    renamed = study.update_subject(conn, subject_id=art.subject_id, name="Art")
    assert renamed == art.model_copy(update={"name": "Art"})
    assert study.delete_subject(conn, subject_id=art.subject_id) == renamed
    assert [each.subject_id for each in study.list_subjects(conn)] == [maths]


def test_bad_subjects(conn: Conn, maths: SubjectId) -> None:
    """Names that are blank, too long or taken are refused; a missing subject is not found."""
    art = study.create_subject(conn, name="x" * 100).subject_id
    for name in ("", " \u200b", "x" * 101):
        with pytest.raises(InvalidValue, match="subjects_name_check"):
            study.create_subject(conn, name=name)
        with pytest.raises(InvalidValue, match="subjects_name_check"):
            study.update_subject(conn, subject_id=art, name=name)
    assert refused(lambda: study.create_subject(conn, name="mathematics"), Conflict) == "subjects_name_key"
    taken = refused(lambda: study.update_subject(conn, subject_id=art, name="MATHEMATICS"), Conflict)
    assert taken == "subjects_name_key"
    nothing = SubjectId(NONE)
    calls: list[Callable[[], object]] = [
        lambda: study.get_subject(conn, subject_id=nothing),
        lambda: study.update_subject(conn, subject_id=nothing, name="x"),
        lambda: study.delete_subject(conn, subject_id=nothing),
    ]
    for call in calls:
        refused(call, NotFound)


def test_a_subject_with_questions_stays(conn: Conn, maths: SubjectId) -> None:
    """Its questions would be lost silently; the error says why."""
    question = add(conn, maths)
    with pytest.raises(MissingReference) as caught:
        study.delete_subject(conn, subject_id=maths)
    assert caught.value.sentence == "a subject with questions cannot be deleted"
    study.delete_question(conn, question_id=question.question_id)
    study.delete_subject(conn, subject_id=maths)


def test_one_name_is_one_subject_however_many_create_it(pool: Pool) -> None:
    """Of many callers one makes the subject, the others meet a conflict."""
    outcomes = all_at_once(6, lambda n: study.create_subject(pool, name="mathS" if n % 2 else "Maths"))
    assert sum(isinstance(each, Subject) for each in outcomes) == 1
    assert sum(isinstance(each, Conflict) for each in outcomes) == 5


# --- questions -------------------------------------------------------------------------------------------

FULL: dict[str, Any] = {
    "year": 1999,
    "paper": "June, paper 2",
    "body": "Which is prime?",
    "choices": ["four", 'fi"ve, \\ {5}', "six"],
    "answer": 'FI"VE,  \\ {5}',
    "explanation": "It has no divisors.",
    "difficulty": 5,
    "tags": ["number theory", "primes"],
}


def test_a_question_has_everything_it_was_given(conn: Conn, maths: SubjectId) -> None:
    """What is left out has defaults; updating replaces every field; updated_at moves; deleting returns it."""
    plain = add(conn, maths)
    assert plain.model_dump(include=set(FULL)) == {
        "year": 2020, "paper": "", "body": "What is 2 + 2?", "choices": None, "answer": "4", "explanation": None,
        "difficulty": 3, "tags": [],
    }  # fmt: skip
    full = study.update_question(conn, question_id=plain.question_id, **FULL)
    for name, value in FULL.items():
        before = study.add_question(conn, subject_id=maths, year=1999, body=f"{name}?", answer="4")
        if name not in ("choices", "answer"):  # of these two each needs the other
            changed = study.update_question(conn, question_id=before.question_id, **{name: value})
            kept = {"updated_at", name}
            assert changed.model_dump(exclude=kept) == before.model_dump(exclude=kept)
            assert getattr(changed, name) == getattr(full, name)
        study.delete_question(conn, question_id=before.question_id)
    assert full.model_dump(include=set(FULL)) == FULL
    assert full.updated_at > plain.updated_at
    assert study.get_question(conn, question_id=plain.question_id) == full
    assert study.delete_question(conn, question_id=plain.question_id) == full
    assert study.list_questions(conn, subject_id=maths).items == []
    refused(lambda: study.get_question(conn, question_id=plain.question_id), NotFound)
    refused(lambda: study.delete_question(conn, question_id=plain.question_id), NotFound)
    refused(lambda: study.update_question(conn, question_id=plain.question_id, **FULL), NotFound)


def test_tags_have_one_spelling(conn: Conn, maths: SubjectId) -> None:
    """Lower case, trimmed, each once, in the order given; searched for in any spelling."""
    question = add(conn, maths, tags=["  Number \n Theory", "É", "number theory", "e\u0301", "z"])
    assert question.tags == ["number theory", "é", "z"]
    assert study.list_questions(conn, subject_id=maths, tags=["NUMBER theory ", "Z"]).items == [question]


BAD: list[tuple[str, Any, str]] = [
    ("year", 1799, "questions_year_check"),
    ("year", 2201, "questions_year_check"),
    ("paper", "x" * 101, "questions_paper_check"),
    ("body", "", "questions_body_check"),
    ("body", "\u00ad\n", "questions_body_check"),
    ("body", "x" * 20_001, "questions_body_check"),
    ("body", "word " * 300_000, "questions_body_check"),
    ("choices", [], "questions_choices_check"),
    ("choices", ["4"], "questions_choices_check"),
    ("choices", ["4", " "], "questions_choices_check"),
    ("choices", ["4", "x" * 2001], "questions_choices_check"),
    ("choices", ["4", "5", " 4"], "questions_choices_check"),
    ("choices", [str(n) for n in range(27)], "questions_choices_check"),
    ("choices", ["5", "6"], "questions_answer_check"),
    ("answer", " ", "questions_answer_check"),
    ("answer", "x" * 2001, "questions_answer_check"),
    ("explanation", "x" * 20_001, "questions_explanation_check"),
    ("explanation", "word " * 300_000, "questions_explanation_check"),
    ("difficulty", 0, "questions_difficulty_check"),
    ("difficulty", 6, "questions_difficulty_check"),
    ("tags", [""], "questions_tags_check"),
    ("tags", ["\u200b"], "questions_tags_check"),
    ("tags", ["x" * 51], "questions_tags_check"),
    ("tags", [str(n) for n in range(21)], "questions_tags_check"),
]


@pytest.mark.parametrize(("field", "value", "constraint"), BAD)
def test_what_a_question_cannot_be(conn: Conn, maths: SubjectId, field: str, value: Any, constraint: str) -> None:
    """Adding, updating and importing refuse it with the same sentence, and nothing is half done."""
    question = add(conn, maths, "There?")
    given: dict[str, Any] = {**question.model_dump(include=set(FULL)), "body": "New?", field: value}
    assert refused(lambda: study.add_question(conn, subject_id=maths, **given)) == constraint
    assert refused(lambda: study.update_question(conn, question_id=question.question_id, **given)) == constraint
    drafts = [draft(maths, "Fine?"), QuestionDraft(subject_id=maths, **given)]
    assert refused(lambda: study.import_questions(conn, questions=drafts)) == constraint
    assert study.list_questions(conn, subject_id=maths).items == [question]


def test_limits_themselves_are_fine(conn: Conn, maths: SubjectId) -> None:
    """The longest and the most of everything, each word another one."""
    words = " ".join(f"{n:x}" for n in range(10_000))
    question = study.add_question(
        conn,
        subject_id=maths,
        year=2200,
        paper="x" * 100,
        body=words[:20_000],
        choices=[f"{n:02}" + "y" * 1998 for n in range(26)],
        answer="00" + "y" * 1998,
        explanation=words[:20_000],
        difficulty=1,
        tags=[f"{n:02}" + "z" * 48 for n in range(20)],
    )
    assert study.get_question(conn, question_id=question.question_id) == question
    assert add(conn, maths, "first", year=1800, difficulty=5).year == 1800


def test_a_paper_has_a_question_once(conn: Conn, pool: Pool, maths: SubjectId) -> None:
    """White space apart it is the same; case, paper, year and subject make another; races end in one."""
    art = study.create_subject(conn, name="Art").subject_id
    first = add(conn, maths, "Which unit is mW?")
    for body in ("Which unit is mW?", " Which\tunit\nis  mW?\u00a0"):
        with pytest.raises(Conflict, match="questions_subject_id_year_paper_body_key"):
            add(conn, maths, body)
    others = [
        add(conn, maths, "Which unit is MW?"),
        add(conn, maths, first.body, paper="2"),
        add(conn, maths, first.body, year=2021),
        add(conn, art, first.body),
    ]
    fields: dict[str, Any] = {**others[0].model_dump(include=set(FULL)), "body": first.body}
    refused(lambda: study.update_question(conn, question_id=others[0].question_id, **fields), Conflict)
    refused(lambda: add(conn, SubjectId(NONE)), MissingReference)
    outcomes = all_at_once(6, lambda _: study.add_question(pool, subject_id=art, year=1990, body="Me?", answer="I"))
    assert sum(isinstance(each, Question) for each in outcomes) == 1
    assert sum(isinstance(each, Conflict) for each in outcomes) == 5


def test_questions_come_in_pages(conn: Conn, maths: SubjectId) -> None:
    """By subject, year, paper and tags in the order of id; pages neither skip nor double."""
    art = study.create_subject(conn, name="Art").subject_id
    study.import_questions(
        conn,
        questions=[
            draft(subject, f"{n}?", year=2000 + n % 3, paper=str(n % 2), tags=["even"] if n % 2 == 0 else ["odd", "x"])
            for n in range(40)
            for subject in (maths, art)
        ],
    )
    everything = study.list_questions(conn, subject_id=maths).items
    assert [each.body for each in everything] == [f"{n}?" for n in range(40)]
    filters: list[dict[str, Any]] = [{}, {"year": 2001}, {"paper": "1"}, {"tags": ["odd", "x"]}, {"tags": []}]
    filters += [{"year": 2002, "paper": "0"}, {"year": 2002, "tags": ["even"]}, {"paper": "0", "tags": ["odd"]}]
    for one in filters:
        expected = [
            each
            for each in everything
            if each.year == one.get("year", each.year)
            and each.paper == one.get("paper", each.paper)
            and set(each.tags) >= set(one.get("tags", []))
        ]
        assert walked(study.list_questions, conn, 7, subject_id=maths, **one) == expected, one
    assert study.list_questions(conn, subject_id=SubjectId(NONE)).items == []
    refused(lambda: study.list_questions(conn, subject_id=maths, limit=0))


def test_times_are_times(conn: Conn, maths: SubjectId) -> None:
    """created_at and updated_at know their zone."""
    question = add(conn, maths)
    assert isinstance(question.created_at, datetime)
    assert question.created_at.tzinfo is not None


# --- import ----------------------------------------------------------------------------------------------


def test_an_import_again_doubles_nothing(conn: Conn, maths: SubjectId) -> None:
    """The same file writes nothing; changed questions are replaced in place; of two in one call the last counts."""
    drafts = [draft(maths, f"{n}?", **({"choices": ["4", "5"]} if n % 2 else {})) for n in range(20)]
    assert study.import_questions(conn, questions=drafts) == QuestionImport(
        given_count=20, added_count=20, updated_count=0
    )
    before = study.list_questions(conn, subject_id=maths).items
    assert [QuestionDraft(**each.model_dump(include=set(QuestionDraft.model_fields))) for each in before] == drafts
    again = study.import_questions(conn, questions=drafts)
    assert (again.given_count, again.added_count, again.updated_count) == (20, 0, 0)
    assert study.list_questions(conn, subject_id=maths).items == before
    mixed = [draft(maths, "3?", answer="?"), draft(maths, "new?"), draft(maths, " 3? ", answer="3", tags=["A", "a"])]
    result = study.import_questions(conn, questions=mixed)
    assert (result.given_count, result.added_count, result.updated_count) == (3, 1, 1)
    after = study.list_questions(conn, subject_id=maths).items
    assert [each.question_id for each in after[:20]] == [each.question_id for each in before]
    assert (after[3].body, after[3].answer, after[3].tags, after[3].choices) == (" 3? ", "3", ["a"], None)
    assert after[20].body == "new?"
    nothing = study.import_questions(conn, questions=[])
    assert (nothing.given_count, nothing.added_count, nothing.updated_count) == (0, 0, 0)


@pytest.mark.parametrize("field", ["choices", "answer", "explanation", "difficulty", "tags", "body"])
def test_an_import_replaces_every_field(conn: Conn, maths: SubjectId, field: str) -> None:
    """A change in any one of them is a change."""
    old: dict[str, Any] = {"choices": ["4", "5"], "answer": "4", "explanation": "a", "difficulty": 1, "tags": ["a"]}
    new: dict[str, Any] = {"choices": ["4", "6"], "answer": "5", "explanation": None, "difficulty": 2, "tags": []}
    study.import_questions(conn, questions=[draft(maths, "a b", **old)])
    changed = draft(
        maths, "a  b" if field == "body" else "a b", **{**old, **({field: new[field]} if field in new else {})}
    )
    assert study.import_questions(conn, questions=[changed]).updated_count == 1
    (stored,) = study.list_questions(conn, subject_id=maths)
    assert QuestionDraft(**stored.model_dump(include=set(QuestionDraft.model_fields))) == changed


def test_an_import_is_all_or_nothing(conn: Conn, maths: SubjectId) -> None:
    """One question of no subject, or one with a NUL, and none is there."""
    for bad, kind in ((draft(SubjectId(NONE)), MissingReference), (draft(maths, "a\0b"), InvalidValue)):
        with pytest.raises(kind):
            study.import_questions(conn, questions=[draft(maths, "Fine?"), bad])
    assert study.list_questions(conn, subject_id=maths).items == []


@pytest.mark.parametrize("size", [2_000, pytest.param(50_000, marks=pytest.mark.slow)])
def test_a_whole_file_in_one_call(conn: Conn, maths: SubjectId, size: int) -> None:
    """Up to the size that the library promises, in file order, and the same again."""
    drafts = [draft(maths, f"What is {n} times seven?", year=1990 + n % 30, answer=str(7 * n)) for n in range(size)]
    assert study.import_questions(conn, questions=drafts).added_count == size
    assert study.import_questions(conn, questions=drafts).updated_count == 0
    rows = conn.execute("select body from exchange.questions order by id").fetchall()
    assert [row[0] for row in rows] == [each.body for each in drafts]


def test_importers_of_one_file_do_not_lock_each_other_out(conn: Conn, pool: Pool, maths: SubjectId) -> None:
    """The same questions in every order at once: no deadlock, none doubled, each added by one caller."""
    drafts = [draft(maths, f"{n}?") for n in range(300)]

    def attempt(number: int) -> QuestionImport:
        mine = [each.model_copy(update={"answer": str(number)}) for each in drafts]
        return study.import_questions(pool, questions=mine[number * 50 :] + mine[: number * 50][::-1])

    outcomes = [each for each in all_at_once(4, attempt) if isinstance(each, QuestionImport)]
    assert [each.given_count for each in outcomes] == [300] * 4
    assert sum(each.added_count for each in outcomes) == 300
    assert sum(each.updated_count for each in outcomes) == 900
    assert len(study.list_questions(conn, subject_id=maths, limit=1000)) == 300


def test_importing_and_deleting_the_subject_at_once(conn: Conn, pool: Pool) -> None:
    """Either the subject is gone and has no questions, or it stays with all of them."""
    for number in range(8):
        subject = study.create_subject(conn, name=str(number)).subject_id

        def attempt(caller: int, subject: SubjectId = subject) -> object:
            if caller:
                threading.Event().wait(0.002)
                return study.delete_subject(pool, subject_id=subject)
            return study.import_questions(pool, questions=[draft(subject, f"{n}?") for n in range(50)])

        imported, deleted = all_at_once(2, attempt)
        assert isinstance(imported, MissingReference) != isinstance(deleted, MissingReference)
        left = study.list_questions(conn, subject_id=subject, limit=100).items
        assert len(left) == (50 if isinstance(imported, QuestionImport) else 0)
