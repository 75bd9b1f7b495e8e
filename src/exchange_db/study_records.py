"""The records of ``exchange_db.study``, which is where to import them from."""

from datetime import date, datetime

from pydantic import Field

from exchange_db.types import PracticeSessionId, QuestionId, Record, SubjectId, UserId

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
]


class Subject(Record):
    subject_id: SubjectId
    name: str
    created_at: datetime


class Question(Record):
    """A past exam question with its right answer."""

    question_id: QuestionId
    subject_id: SubjectId
    year: int
    paper: str
    """Which paper of the year; empty: there was only one."""
    body: str
    choices: list[str] | None
    """The texts to choose from; ``None``: an open question."""
    answer: str
    explanation: str | None
    difficulty: int
    """1 (easy) to 5 (hard)."""
    tags: list[str]
    """In their one spelling: lower case, each once."""
    created_at: datetime
    updated_at: datetime


class QuestionDraft(Record):
    """A question to import."""

    subject_id: SubjectId
    year: int
    paper: str = ""
    body: str
    choices: list[str] | None = None
    answer: str
    explanation: str | None = None
    difficulty: int = 3
    tags: list[str] = Field(default_factory=list)


class QuestionImport(Record):
    """What an import did; the rest of the questions given were there already, or twice in the call."""

    given_count: int
    added_count: int
    updated_count: int


class FoundQuestion(Question):
    rank: float
    """How well it fits the search; comparable within one search only."""


class SimilarQuestion(Question):
    distance: float
    """Cosine distance: 0 the same meaning, 1 nothing in common, 2 the opposite."""


class EmbeddingDraft(Record):
    question_id: QuestionId
    embedding: list[float]


class QuestionEmbedding(Record):
    question_id: QuestionId
    dimensions: int


class PracticeSession(Record):
    """Somebody practises one subject; with the score so far."""

    session_id: PracticeSessionId
    user_id: UserId
    subject_id: SubjectId
    started_at: datetime
    finished_at: datetime | None
    """``None``: it goes on, and takes answers."""
    answered_count: int
    correct_count: int


class Attempt(Record):
    """An answer with the database's verdict."""

    session_id: PracticeSessionId
    question_id: QuestionId
    answer: str
    is_correct: bool
    """As the question was when it was answered."""
    answered_at: datetime
    right_answer: str
    """As the question is now."""
    explanation: str | None


class NextQuestion(Record):
    """A question to practise, without its answer, and how it went so far."""

    question_id: QuestionId
    subject_id: SubjectId
    year: int
    paper: str
    body: str
    choices: list[str] | None
    difficulty: int
    tags: list[str]
    answered_count: int
    correct_count: int
    last_answered_at: datetime | None


class SubjectProgress(Record):
    subject_id: SubjectId
    subject_name: str
    question_count: int
    """All questions of the subject."""
    seen_count: int
    """How many of them were answered at least once."""
    answered_count: int
    correct_count: int
    accuracy: float
    """The share of right answers, 0 to 1."""
    last_answered_at: datetime


class DailyAccuracy(Record):
    day: date
    answered_count: int
    correct_count: int
    accuracy: float | None
    """The share of right answers, 0 to 1; ``None`` on a day without practice."""


class Streak(Record):
    current_days: int
    """Days in a row up to today, or up to yesterday while today can still be done."""
    longest_days: int
    last_day: date | None
    """The last day with practice."""


class LeaderboardEntry(Record):
    place: int
    """From 1; equal results share a place, and the next one is skipped."""
    user_id: UserId
    username: str | None
    answered_count: int
    correct_count: int
    accuracy: float
    """The share of right answers, 0 to 1."""
