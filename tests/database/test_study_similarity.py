"""Questions of similar meaning: exact in SQL, and the same through pgvector's index where a server has it.

A server without pgvector skips those tests and says so; with ``EXCHANGE_DB_TEST_PGVECTOR=required`` they fail there.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan, sqrt
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg_pool import ConnectionPool

from exchange_db import study
from exchange_db.errors import ExchangeError, InvalidValue, NotFound, Refused
from exchange_db.study import EmbeddingDraft, QuestionDraft, QuestionEmbedding
from exchange_db.types import QuestionId, SubjectId
from tests.database.plans import MODES
from tests.database.races import all_at_once, wait_until_blocked

if TYPE_CHECKING:
    from collections.abc import Callable

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]
NONE = 2**63 - 1


def add_questions(conn: Conn, count: int, subject: str = "Mathematics") -> list[QuestionId]:
    subject_id = study.create_subject(conn, name=subject).subject_id
    drafts = [QuestionDraft(subject_id=subject_id, year=2020, body=f"{n}?", answer="x") for n in range(count)]
    study.import_questions(conn, questions=drafts)
    return [each.question_id for each in study.list_questions(conn, subject_id=subject_id, limit=count)]


@pytest.fixture
def questions(conn: Conn) -> list[QuestionId]:
    """Five questions without embeddings."""
    return add_questions(conn, 5)


def embed(db: Conn | Pool, question: QuestionId, *numbers: float) -> QuestionEmbedding:
    return study.set_embedding(db, question_id=question, embedding=[*numbers])


def similar(conn: Conn, question: QuestionId, **filters: Any) -> list[tuple[QuestionId, float]]:
    found = study.list_similar_questions(conn, question_id=question, **filters)
    return [(each.question_id, each.distance) for each in found]


def test_the_nearest_direction_is_the_most_similar(conn: Conn, questions: list[QuestionId]) -> None:
    """Cosine distance: lengths do not count, equal ones stand by id, the question itself is left out."""
    a, b, c, d, _ = questions
    assert embed(conn, a, 3, 0) == QuestionEmbedding(question_id=a, dimensions=2)
    embed(conn, b, -1e-30, 0)
    embed(conn, c, 1e30, 1e30)
    embed(conn, d, 0.5, 0.5)
    assert [question for question, _ in similar(conn, a)] == [c, d, b]
    assert [distance for _, distance in similar(conn, a)] == pytest.approx([1 - sqrt(0.5), 1 - sqrt(0.5), 2])
    assert [question for question, _ in similar(conn, a, limit=2)] == [c, d]
    assert similar(conn, a, limit=0) == []
    near = study.list_questions_near_embedding(conn, embedding=[5, 0.1])
    assert [each.question_id for each in near] == [a, c, d, b]
    assert near[0].body == "0?"


def test_similar_questions_of_one_subject(conn: Conn, questions: list[QuestionId]) -> None:
    """Others are not among them, though nearer."""
    (art,) = add_questions(conn, 1, "Art")
    subject = study.get_question(conn, question_id=questions[0]).subject_id
    for question, numbers in ((questions[0], (1, 0)), (questions[1], (0, 1)), (art, (1, 0))):
        embed(conn, question, *numbers)
    assert [each for each, _ in similar(conn, questions[0])] == [art, questions[1]]
    assert [each for each, _ in similar(conn, questions[0], subject_id=subject)] == [questions[1]]
    near = study.list_questions_near_embedding(conn, embedding=[1, 0], subject_id=subject)
    assert [each.question_id for each in near] == questions[:2]
    assert similar(conn, questions[0], subject_id=SubjectId(NONE)) == []


@pytest.mark.parametrize("numbers", [[], [0, 0], [1, nan], [1, inf], [-inf, 1], [1e39, 1], [1e-50, 0], [1] * 2001])
def test_what_an_embedding_cannot_be(conn: Conn, questions: list[QuestionId], numbers: list[float]) -> None:
    """Empty, zero, not finite, too large for single precision, too many: refused wherever one is given."""
    draft = EmbeddingDraft(question_id=questions[1], embedding=numbers)
    good = EmbeddingDraft(question_id=questions[0], embedding=[1.0, 0.0])
    calls: list[Callable[[], object]] = [
        lambda: study.set_embedding(conn, question_id=questions[0], embedding=numbers),
        lambda: study.import_embeddings(conn, embeddings=[good, draft]),
        lambda: study.list_questions_near_embedding(conn, embedding=numbers),
    ]
    for call in calls:
        with pytest.raises(InvalidValue):
            call()
    assert len(study.list_questions_without_embedding(conn)) == 5


def test_every_embedding_has_as_many_numbers(conn: Conn, questions: list[QuestionId]) -> None:
    """The first settles it; another number is refused with both named; all can be forgotten for another model."""
    embed(conn, questions[0], 1, 2, 3)
    sentence = "an embedding here has 3 numbers, not 2"
    two = [EmbeddingDraft(question_id=questions[1], embedding=[1, 2])]
    three = [EmbeddingDraft(question_id=questions[2], embedding=[1, 2, 3])]
    for call in (
        lambda: embed(conn, questions[0], 1, 2),
        lambda: study.import_embeddings(conn, embeddings=three + two),
        lambda: study.list_questions_near_embedding(conn, embedding=[1, 2]),
    ):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.sentence == sentence
    assert study.delete_embeddings(conn) == 1
    assert study.delete_embeddings(conn) == 0
    assert study.list_questions_near_embedding(conn, embedding=[1, 2]) == []
    assert embed(conn, questions[0], *[1.0] * 2000).dimensions == 2000


def test_embeddings_by_the_thousand(conn: Conn) -> None:
    """All or nothing; of two for one question the last counts; what is left to do is listed."""
    questions = add_questions(conn, 1000)
    drafts = [EmbeddingDraft(question_id=each, embedding=[float(each), 1.0]) for each in questions[:-1]]
    assert study.import_embeddings(conn, embeddings=[]) == 0
    with pytest.raises(Refused) as caught:
        study.import_embeddings(
            conn, embeddings=[*drafts, EmbeddingDraft(question_id=QuestionId(NONE), embedding=[1, 1])]
        )
    assert caught.value.sentence == "a question to get an embedding does not exist"
    assert len(study.list_questions_without_embedding(conn, limit=2000)) == 1000
    assert (
        study.import_embeddings(conn, embeddings=[drafts[0].model_copy(update={"embedding": [0, 1]}), *drafts]) == 999
    )
    near = study.list_questions_near_embedding(conn, embedding=[float(questions[0]), 1.0], limit=1)
    assert [each.question_id for each in near] == [questions[0]]
    left = study.list_questions_without_embedding(conn, limit=5)
    assert [each.question_id for each in left] == [questions[-1]]
    with pytest.raises(InvalidValue):
        study.list_questions_without_embedding(conn, limit=0)


def test_questions_without_an_embedding(conn: Conn, questions: list[QuestionId]) -> None:
    """Refused, as is one that is not there; a new text loses its embedding, a new year does not."""
    for question in (questions[0], QuestionId(NONE)):
        with pytest.raises(Refused):
            similar(conn, question)
    with pytest.raises(NotFound):
        embed(conn, QuestionId(NONE), 1, 2)
    embed(conn, questions[0], 1, 0)
    fields: dict[str, Any] = study.get_question(conn, question_id=questions[0]).model_dump(
        exclude={"subject_id", "created_at", "updated_at"}
    )
    fields["year"] = 2021
    study.update_question(conn, **fields)
    assert similar(conn, questions[0]) == []
    fields["body"] = "Else?"
    study.update_question(conn, **fields)
    with pytest.raises(Refused):
        similar(conn, questions[0])


def test_the_first_of_racing_models_settles_it(pool: Pool, conn: Conn, questions: list[QuestionId]) -> None:
    """Whoever comes at the same moment with another number of numbers is refused, and none of theirs is stored."""
    outcomes = all_at_once(5, lambda n: embed(pool, questions[n], *[1.0] * (2 + n % 2)))
    assert {type(each) for each in outcomes} <= {QuestionEmbedding, Refused}
    sizes = conn.execute("select distinct cardinality(embedding) from exchange.questions where embedding is not null")
    assert len(sizes.fetchall()) == 1


def test_forgetting_waits_for_who_stores(conn: Conn, questions: list[QuestionId]) -> None:
    """An embedding that is being stored is forgotten too, and not left behind in a space of its own."""
    dsn: dict[str, Any] = {"conninfo": conn.info.dsn, "password": conn.info.password}
    embed(conn, questions[0], 1, 2)
    with (
        psycopg.Connection[Any].connect(**dsn) as storing,
        psycopg.Connection[Any].connect(**dsn, autocommit=True) as other,
        ThreadPoolExecutor(1) as threads,
    ):
        embed(storing, questions[1], 3, 4)
        forgotten = threads.submit(lambda: study.delete_embeddings(other))
        wait_until_blocked(conn)
        storing.commit()
        assert forgotten.result(timeout=10) == 2
    assert len(study.list_questions_without_embedding(conn)) == 5


# --- pgvector --------------------------------------------------------------------------------------------


def test_forgetting_pgvector_between_who_store(with_vector: Conn) -> None:
    """It waits for who stores, and who comes later for it: one after the other, and never in a circle."""
    conn = with_vector
    questions = add_questions(conn, 3)
    dsn: dict[str, Any] = {"conninfo": conn.info.dsn, "password": conn.info.password}
    embed(conn, questions[0], 1, 2)
    conn.execute("select exchange.use_pgvector(2)")
    with (
        psycopg.Connection[Any].connect(**dsn) as storing,
        psycopg.Connection[Any].connect(**dsn, autocommit=True) as forgetting,
        psycopg.Connection[Any].connect(**dsn, autocommit=True) as late,
        ThreadPoolExecutor(2) as threads,
    ):
        embed(storing, questions[1], 3, 4)
        forgotten = threads.submit(lambda: study.delete_embeddings(forgetting))
        wait_until_blocked(conn)
        stored = threads.submit(lambda: embed(late, questions[2], 1, 2, 3))
        wait_until_blocked(conn, 2)
        storing.commit()
        assert forgotten.result(timeout=10) == 2
        assert stored.result(timeout=10).dimensions == 3


def test_without_the_extension_opting_in_is_refused(conn: Conn) -> None:
    """The sentence says what an administrator has to do."""
    with pytest.raises(psycopg.Error, match="create extension vector"):
        conn.execute("select exchange.use_pgvector(3)")


@pytest.fixture
def with_vector(conn: Conn) -> Conn:
    """A database with the extension, in a schema that is on nobody's search path."""
    available = conn.execute("select default_version from pg_available_extensions where name = 'vector'").fetchone()
    if available is None:
        reason = "the server has no pgvector: install postgresql-<version>-pgvector"
        if os.environ.get("EXCHANGE_DB_TEST_PGVECTOR") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    conn.execute("create schema extensions; create extension vector schema extensions")
    return conn


def fill(conn: Conn, count: int, dimensions: int) -> list[QuestionId]:
    """Questions in two subjects, with random, repeated, nearly equal and missing embeddings."""
    chance = random.Random(7)
    questions = add_questions(conn, count) + add_questions(conn, count // 4, "Art")
    made: list[list[float]] = []
    for number in range(len(questions)):
        fresh = [chance.gauss(0, 1) for _ in range(dimensions)]
        again = made and number % 3 == 0
        blurred = made and number % 3 == 1
        base = made[chance.randrange(len(made))] if again or blurred else fresh
        made.append([x + (chance.gauss(0, 1e-6) if blurred else 0) for x in base])
    drafts = [EmbeddingDraft(question_id=q, embedding=e) for q, e in zip(questions, made, strict=True) if q % 11]
    study.import_embeddings(conn, embeddings=drafts)
    return [each.question_id for each in drafts]


@pytest.mark.parametrize("dimensions", [2, 24])
def test_the_order_is_the_same_with_and_without(with_vector: Conn, dimensions: int) -> None:
    """The same rows, distances and order, ties and near ties included, for any limit and subject; and back again."""
    conn = with_vector
    questions = fill(conn, 800, dimensions)
    subject = study.get_question(conn, question_id=questions[-1]).subject_id
    cases: list[dict[str, Any]] = [
        {"question_id": question, "limit": limit, "subject_id": of}
        for question in (*questions[:3], questions[-1])
        for limit in (0, 1, 5, 50, 2000)
        for of in (None, subject)
    ]

    def everything() -> list[list[tuple[QuestionId, float]]]:
        return [
            similar(conn, case["question_id"], limit=case["limit"], subject_id=case["subject_id"]) for case in cases
        ]

    exact = everything()
    assert any(len({distance for _, distance in rows}) < len(rows) for rows in exact)  # there are ties
    conn.execute("select exchange.use_pgvector(%s)", (dimensions,))
    assert everything() == exact
    study.set_embedding(conn, question_id=questions[0], embedding=[1.0] * dimensions)
    fresh = everything()
    conn.execute("select exchange.stop_using_pgvector()")
    assert everything() == fresh != exact


def test_the_approximate_index_finds_nearly_all(with_vector: Conn) -> None:
    """Who asks for speed may miss a neighbour, but not many, and gets exact distances in the right order."""
    conn = with_vector
    questions = fill(conn, 800, 24)
    exact = [similar(conn, question, limit=20) for question in questions[:20]]
    conn.execute("select exchange.use_pgvector(24, approximate => true)")
    found = [similar(conn, question, limit=20) for question in questions[:20]]
    assert all(rows == sorted(rows, key=lambda row: (row[1], row[0])) and len(rows) == 20 for rows in found)
    assert sum(len({*a} & {*b}) for a, b in zip(exact, found, strict=True)) >= 0.9 * 400


def test_pgvector_refuses_what_sql_refuses(with_vector: Conn) -> None:
    """Another number of numbers, zeros and NaN: the same errors; opting in twice or with another number: clear."""
    conn = with_vector
    questions = add_questions(conn, 5)
    embed(conn, questions[0], 1, 0, 0)
    with pytest.raises(psycopg.Error, match="an embedding here has 3 numbers, not 4"):
        conn.execute("select exchange.use_pgvector(4)")
    for _ in range(2):
        conn.execute("select exchange.use_pgvector(3)")
    calls: list[tuple[Callable[[], object], type[ExchangeError]]] = [
        (lambda: embed(conn, questions[1], 1, 0), Refused),
        (lambda: embed(conn, questions[1], 0, 0, 0), InvalidValue),
        (lambda: embed(conn, questions[1], nan, 0, 0), InvalidValue),
        (lambda: study.list_questions_near_embedding(conn, embedding=[1, 0]), Refused),
        (lambda: similar(conn, questions[1]), Refused),
    ]
    for call, kind in calls:
        with pytest.raises(kind):
            call()
    with pytest.raises(InvalidValue):
        similar(conn, questions[0], limit=-1)
    assert similar(conn, questions[0]) == []


@pytest.mark.parametrize("approximate", [False, True])
def test_another_model_after_pgvector(with_vector: Conn, approximate: bool) -> None:
    """Embeddings that are forgotten take their index along: those of another size are stored, found and indexed."""
    conn = with_vector
    questions = add_questions(conn, 5)
    embed(conn, questions[0], 1, 0, 0)
    conn.execute("select exchange.use_pgvector(3, %s)", (approximate,))
    assert study.delete_embeddings(conn) == 1
    for _ in range(2):
        embed(conn, questions[0], 1, 0)
        drafts = [EmbeddingDraft(question_id=each, embedding=[1, n]) for n, each in enumerate(questions[1:], 1)]
        assert study.import_embeddings(conn, embeddings=drafts) == 4
        assert [each for each, _ in similar(conn, questions[0])] == questions[1:]
        assert len(study.list_questions_near_embedding(conn, embedding=[1, 0])) == 5
        conn.execute("select exchange.use_pgvector(2, %s)", (approximate,))


def test_who_may_not_forget_pgvector(with_vector: Conn) -> None:
    """A role that only writes rows is told who can, and nothing is forgotten; without the index it may."""
    conn = with_vector
    (question,) = add_questions(conn, 1)
    embed(conn, question, 1, 0)
    role = sql.Identifier(f"writer_of_{conn.info.dbname}")
    conn.execute(sql.SQL("create role {}").format(role))
    try:
        conn.execute(sql.SQL("grant usage on schema exchange, extensions to {}").format(role))
        conn.execute(sql.SQL("grant all on all tables in schema exchange to {}").format(role))
        conn.execute("select exchange.use_pgvector(2)")
        conn.execute(sql.SQL("set role {}").format(role))
        with pytest.raises(Refused) as caught:
            study.delete_embeddings(conn)
        assert "stop_using_pgvector" in str(caught.value.sentence)
        assert len(study.list_questions_near_embedding(conn, embedding=[1, 0])) == 1
        conn.execute("reset role")
        conn.execute("select exchange.stop_using_pgvector()")
        conn.execute(sql.SQL("set role {}").format(role))
        assert study.delete_embeddings(conn) == 1
    finally:
        conn.execute("reset role")
        conn.execute(sql.SQL("drop owned by {0}; drop role {0}").format(role))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("approximate", [False, True])
def test_pgvector_s_index_is_ridden(with_vector: Conn, mode: LiteralString, approximate: bool) -> None:
    """After opting in, each call reads questions_embedding_idx once, and never the whole table."""
    conn = with_vector
    questions = fill(conn, 1000, 24)
    conn.execute("select exchange.use_pgvector(24, %s)", (approximate,))
    conn.execute("analyze exchange.questions")
    conn.execute("set plan_cache_mode = " + mode)

    def scans() -> int:
        conn.execute("select pg_stat_force_next_flush()")
        conn.execute("select pg_stat_clear_snapshot()")
        row = conn.execute(
            "select idx_scan from pg_stat_user_indexes where indexrelname = 'questions_embedding_idx'"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def whole_reads() -> int:
        row = conn.execute("select seq_scan from pg_stat_user_tables where relname = 'questions'").fetchone()
        assert row is not None
        return int(row[0])

    before, read_before = scans(), whole_reads()
    for question in questions[:8]:
        assert len(similar(conn, question)) == 10
    assert scans() == before + 8
    assert whole_reads() == read_before


def test_opting_in_needs_no_search_path(with_vector: Conn) -> None:
    """Another session, with an empty search path, finds the same and may add."""
    conn = with_vector
    questions = fill(conn, 50, 3)
    conn.execute("select exchange.use_pgvector(3)")
    expected = similar(conn, questions[0])
    with psycopg.Connection[Any].connect(conn.info.dsn, password=conn.info.password, autocommit=True) as other:
        other.execute(sql.SQL("set search_path = ''"))
        assert similar(other, questions[0]) == expected
        embed(other, questions[1], 1, 2, 3)
