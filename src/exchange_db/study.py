"""Study: past exam questions, found by words and by meaning, practised, and what practice tells."""

from datetime import date

from pydantic import AwareDatetime

from exchange_db.engine import sql_folder
from exchange_db.resources import QUERIES
from exchange_db.study_records import (
    Attempt,
    DailyAccuracy,
    EmbeddingDraft,
    FoundQuestion,
    LeaderboardEntry,
    NextQuestion,
    PracticeSession,
    Question,
    QuestionDraft,
    QuestionEmbedding,
    QuestionImport,
    SimilarQuestion,
    Streak,
    Subject,
    SubjectProgress,
)
from exchange_db.types import UNSET, Page, PracticeSessionId, QuestionId, SubjectId, Unset, UserId

__all__ = [
    "Attempt",
    "DailyAccuracy",
    "EmbeddingDraft",
    "FoundQuestion",
    "LeaderboardEntry",
    "NextQuestion",
    "PracticeSession",
    "Question",
    "QuestionDraft",
    "QuestionEmbedding",
    "QuestionImport",
    "SimilarQuestion",
    "Streak",
    "Subject",
    "SubjectProgress",
    "add_question",
    "answer_question",
    "create_subject",
    "delete_embeddings",
    "delete_practice_session",
    "delete_question",
    "delete_subject",
    "find_subject_by_name",
    "finish_practice_session",
    "get_practice_session",
    "get_question",
    "get_streak",
    "get_subject",
    "import_embeddings",
    "import_questions",
    "list_attempts",
    "list_daily_accuracy",
    "list_leaderboard",
    "list_next_questions",
    "list_practice_sessions",
    "list_progress",
    "list_questions",
    "list_questions_near_embedding",
    "list_questions_without_embedding",
    "list_similar_questions",
    "list_subjects",
    "search_questions",
    "set_embedding",
    "start_practice_session",
    "update_question",
    "update_subject",
]

query = sql_folder(QUERIES / "study")


# --- subjects --------------------------------------------------------------------------------------------


@query
def create_subject(*, name: str) -> Subject:
    """The new subject.

    Raises ``Conflict`` when there is one of this name without regard to case, ``InvalidValue`` for a name that is blank
    or longer than 100 characters.
    """
    ...


@query
def get_subject(*, subject_id: SubjectId) -> Subject:
    """The subject with this id, or ``NotFound``."""
    ...


@query
def find_subject_by_name(*, name: str) -> Subject | None:
    """The subject of this name without regard to case, or ``None``."""
    ...


@query
def list_subjects() -> list[Subject]:
    """All subjects by name."""
    ...


@query
def update_subject(*, subject_id: SubjectId, name: str) -> Subject:
    """The subject with this name, or ``NotFound``. Raises ``Conflict`` and ``InvalidValue`` as ``create_subject``."""
    ...


@query
def delete_subject(*, subject_id: SubjectId) -> Subject:
    """The subject as it was, or ``NotFound``. Raises ``MissingReference`` while it has questions."""
    ...


# --- questions -------------------------------------------------------------------------------------------


@query
def add_question(
    *,
    subject_id: SubjectId,
    year: int,
    paper: str = "",
    body: str,
    choices: list[str] | None = None,
    answer: str,
    explanation: str | None = None,
    difficulty: int = 3,
    tags: list[str] = [],  # noqa: B006 - never changed: a default is sent to the server
) -> Question:
    """The new question; its tags get their one spelling.

    Raises ``Conflict`` when the same paper of the same year has the question already, ``MissingReference`` when there
    is no such subject, ``InvalidValue`` for what no question can be: an answer that is not among its choices.
    """
    ...


@query
def import_questions(*, questions: list[QuestionDraft]) -> QuestionImport:
    """Import any number of questions in one call, all or nothing.

    A question that is there already (the same subject, year, paper and text, white space apart) is not doubled but
    gets the new content. Raises ``MissingReference`` when a subject does not exist, ``InvalidValue`` as
    ``add_question`` does.
    """
    ...


@query
def get_question(*, question_id: QuestionId) -> Question:
    """The question with this id, or ``NotFound``."""
    ...


@query
def update_question(
    *,
    question_id: QuestionId,
    year: int | Unset = UNSET,
    paper: str | Unset = UNSET,
    body: str | Unset = UNSET,
    choices: list[str] | Unset | None = UNSET,
    answer: str | Unset = UNSET,
    explanation: str | Unset | None = UNSET,
    difficulty: int | Unset = UNSET,
    tags: list[str] | Unset = UNSET,
) -> Question:
    """The question with this content in the fields that are given, or ``NotFound``; a new text loses its embedding.

    Attempts keep their verdicts. Raises ``Conflict`` and ``InvalidValue`` as ``add_question`` does.
    """
    ...


@query
def delete_question(*, question_id: QuestionId) -> Question:
    """The question as it was, or ``NotFound``. Raises ``MissingReference`` when somebody has answered it."""
    ...


@query
def list_questions(
    *,
    subject_id: SubjectId,
    year: int | None = None,
    paper: str | None = None,
    tags: list[str] | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Question]:
    """Questions of a subject in the order of their files, page by page. ``tags``: those that have all of these."""
    ...


@query
def search_questions(
    *,
    words: str,
    subject_id: SubjectId | None = None,
    year: int | None = None,
    difficulty: int | None = None,
    tags: list[str] | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> Page[FoundQuestion]:
    """The questions that a search finds, best first, page by page.

    ``words`` is as people type it: words, ``"a phrase"``, ``or``, ``-without``. Any text will do; one without a word
    finds nothing, and of a long one the first 1,000 characters count.
    """
    ...


# --- embeddings: what questions mean, by the host's model ------------------------------------------------


@query
def set_embedding(*, question_id: QuestionId, embedding: list[float]) -> QuestionEmbedding:
    """Give a question its embedding, or ``NotFound``.

    Raises ``InvalidValue`` unless it has 1 to 2,000 finite numbers, not all zero; ``Refused`` when it has another
    number of them than the first embedding of all.
    """
    ...


@query
def import_embeddings(*, embeddings: list[EmbeddingDraft]) -> int:
    """Give many questions their embeddings, all or nothing; how many have got one.

    Raises as ``set_embedding`` does, ``InvalidValue`` and ``Refused``; ``Refused`` also when a question does not exist.
    """
    ...


@query
def delete_embeddings() -> int:
    """Forget all embeddings, before those of another model; how many there were.

    It ends the use of pgvector: call ``exchange.use_pgvector`` again, with the new number of dimensions. While
    pgvector is in use, a caller who does not own the tables is refused.
    """
    ...


@query
def list_questions_without_embedding(*, limit: int = 100, cursor: str | None = None) -> Page[Question]:
    """What the host's model has yet to do, in the order of id, page by page."""
    ...


@query
def list_similar_questions(
    *, question_id: QuestionId, subject_id: SubjectId | None = None, limit: int = 10
) -> list[SimilarQuestion]:
    """The questions nearest in meaning to this one, nearest first; of one subject, or all.

    Raises ``Refused`` when the question does not exist or has no embedding, ``InvalidValue`` for a negative ``limit``.
    """
    ...


@query
def list_questions_near_embedding(
    *, embedding: list[float], subject_id: SubjectId | None = None, limit: int = 10
) -> list[SimilarQuestion]:
    """The questions nearest in meaning to the text that the host's model made this embedding of, nearest first.

    Raises ``InvalidValue`` and ``Refused`` as ``set_embedding`` does, ``InvalidValue`` also for a negative ``limit``.
    """
    ...


# --- practice --------------------------------------------------------------------------------------------


@query
def start_practice_session(*, user_id: UserId, subject_id: SubjectId) -> PracticeSession:
    """The new session. Raises ``MissingReference`` when there is no such user or subject."""
    ...


@query
def get_practice_session(*, session_id: PracticeSessionId) -> PracticeSession:
    """The session with its score so far, or ``NotFound``."""
    ...


@query
def list_practice_sessions(*, user_id: UserId, limit: int = 50, cursor: str | None = None) -> Page[PracticeSession]:
    """A person's sessions, newest first, page by page."""
    ...


@query
def list_next_questions(*, session_id: PracticeSessionId, limit: int = 10) -> list[NextQuestion]:
    """What to practise next in a session: the never answered ones first, then the weakest; answers are not shown.

    Raises ``InvalidValue`` for a negative ``limit``.
    """
    ...


@query
def answer_question(*, session_id: PracticeSessionId, question_id: QuestionId, answer: str) -> Attempt:
    """The verdict: right is what equals the right answer without regard to case and to the amount of white space.

    ``NotFound`` without the session. Raises ``Conflict`` when the session has answered the question before, ``Refused``
    when it is finished, ``MissingReference`` when its subject has no such question, ``InvalidValue`` for an answer of
    more than 2,000 characters.
    """
    ...


@query
def finish_practice_session(*, session_id: PracticeSessionId) -> PracticeSession:
    """The session with its final score, or ``NotFound``; finishing it again changes nothing."""
    ...


@query
def delete_practice_session(*, session_id: PracticeSessionId) -> PracticeSession:
    """The session as it was, or ``NotFound``; its answers are deleted with it."""
    ...


@query
def list_attempts(*, session_id: PracticeSessionId) -> list[Attempt]:
    """The answers of a session in the order in which they were given."""
    ...


# --- what practice tells ---------------------------------------------------------------------------------


@query
def list_progress(*, user_id: UserId) -> list[SubjectProgress]:
    """How far a person is in each subject that they have practised."""
    ...


@query
def list_daily_accuracy(
    *, user_id: UserId, first_day: date, last_day: date, time_zone: str = "UTC", subject_id: SubjectId | None = None
) -> list[DailyAccuracy]:
    """One row for each day from ``first_day`` to ``last_day``, days of ``time_zone`` (such as ``Europe/Berlin``).

    Raises ``InvalidValue`` for what is no name of a time zone, ``Refused`` for more than 3,660 days.
    """
    ...


@query
def get_streak(*, user_id: UserId, time_zone: str = "UTC", today: date | None = None) -> Streak:
    """Days in a row with practice, days of ``time_zone``. Raises ``InvalidValue`` for what is no name of one."""
    ...


@query
def list_leaderboard(
    *,
    subject_id: SubjectId | None = None,
    since: AwareDatetime | None = None,
    min_answers: int = 10,
    limit: int = 20,
) -> list[LeaderboardEntry]:
    """Who answers best, of the active accounts with at least ``min_answers`` answers since ``since``.

    Raises ``InvalidValue`` for a negative ``limit`` and a ``since`` without a time zone.
    """
    ...


query.complete()
