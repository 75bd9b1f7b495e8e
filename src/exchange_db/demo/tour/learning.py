"""Skills to exchange, and past exam questions to practise."""

from exchange_db import messaging, skills, study
from exchange_db.accounts import User
from exchange_db.demo.stage import Step
from exchange_db.pool import Pool
from exchange_db.skills import Partner, RatingSummary, Teacher
from exchange_db.study import Attempt, FoundQuestion, SubjectProgress

__all__ = ["STEPS"]


# --- skills ----------------------------------------------------------------------------------------------------------


def nearest_teachers(pool: Pool, grace: User) -> list[Teacher]:
    """Whoever teaches it, nearest to her first. Skills are as people type them, and found without regard to case."""
    return skills.list_nearest_teachers(
        pool,
        skill="GUITAR",
        viewer_id=grace.user_id,
        limit=5,
    )


def partners(pool: Pool, grace: User) -> list[Partner]:
    """Those who teach what she wants to learn and want to learn what she teaches: most in common first, then the
    best-rated, then the nearest."""
    skills.set_skills(
        pool,
        user_id=grace.user_id,
        skills_to_offer=["Python", "swimming", "yoga"],
        skills_to_learn=["guitar", "Spanish", "cooking"],
    )
    return skills.list_partners(pool, user_id=grace.user_id, limit=4)


def a_rating(pool: Pool, grace: User, partners: list[Partner]) -> list[RatingSummary]:
    """Before and after her five stars. One rating of each number of stars is added to everybody's for the score, so
    that a single good one does not beat twenty."""
    teacher = partners[0].user_id
    before = skills.get_rating_summary(pool, user_id=teacher)
    talk = messaging.open_conversation(
        pool,
        user_id=grace.user_id,
        other_id=teacher,
    )
    skills.rate_user(
        pool,
        rater_id=grace.user_id,
        rated_id=teacher,
        conversation_id=talk.conversation_id,
        stars=5,
    )
    return [before, skills.get_rating_summary(pool, user_id=teacher)]


# --- study -----------------------------------------------------------------------------------------------------------


def searching(pool: Pool) -> list[FoundQuestion]:
    """As people type it, with forms of a word, phrases, "or" and a minus; ranked, from a GIN index."""
    return study.search_questions(
        pool,
        words='capitals europe -"united kingdom"',
        limit=4,
    ).items


def practising(pool: Pool, grace: User) -> list[Attempt]:
    """Next come the questions that she never answered, then her weakest; she always takes the first choice. The verdict
    is the database's, and minds neither case nor white space."""
    subjects = {each.name: each for each in study.list_subjects(pool)}
    session = study.start_practice_session(
        pool,
        user_id=grace.user_id,
        subject_id=subjects["Geography"].subject_id,
    )
    for question in study.list_next_questions(
        pool,
        session_id=session.session_id,
        limit=5,
    ):
        first, *_ = question.choices or ["?"]
        study.answer_question(
            pool,
            session_id=session.session_id,
            question_id=question.question_id,
            answer=f" {first.upper()} ",
        )
    return study.list_attempts(pool, session_id=session.session_id)


def progress(pool: Pool, grace: User) -> list[SubjectProgress]:
    """What the practice tells: how much of a subject she has seen, and how much of it was right."""
    return study.list_progress(pool, user_id=grace.user_id)


STEPS = (
    Step(
        "The nearest teachers",
        nearest_teachers,
        columns=("name", "distance_m", "skills_to_offer", "availability", "average_rating"),
    ),
    Step(
        "Partners, both ways",
        partners,
        gives="partners",
        columns=("name", "overlap", "can_teach", "wants_to_learn", "score", "distance_m"),
    ),
    Step("A rating counts at once", a_rating, columns=("rating_count", "average_rating", "score", "distribution")),
    Step("Searching past questions", searching, columns=("body", "year", "tags", "rank")),
    Step("Practising", practising, columns=("question_id", "answer", "right_answer", "is_correct")),
    Step(
        "Progress",
        progress,
        columns=("subject_name", "question_count", "seen_count", "correct_count", "accuracy"),
    ),
)
