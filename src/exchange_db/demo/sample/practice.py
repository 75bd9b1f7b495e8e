"""Practice with the past questions: sessions and the answers given in them."""

import random
from datetime import datetime, timedelta

from exchange_db.demo.sample.people import Crowd, Person
from exchange_db.demo.sample.study import Question
from exchange_db.demo.sample.tables import SampleTable, chance_of, later

__all__ = ["make_practice"]


def make_practice(crowd: Crowd, by_subject: list[list[Question]]) -> list[SampleTable]:
    """One person in ten practises; who is good at it is right more often, and easy questions are answered better."""
    chance = chance_of("practice")
    practice_sessions, attempts = SampleTable("practice_sessions"), SampleTable("attempts")
    first_ids = [1 + sum(map(len, by_subject[:place])) for place in range(len(by_subject))]
    for session_id, (started_at, _, person, subject, talent) in enumerate(
        _plan(crowd, len(by_subject), chance), start=1
    ):
        at, answered, right = started_at, 0, 0
        questions = by_subject[subject]
        for place in chance.sample(range(len(questions)), min(len(questions), chance.randint(4, 12))):
            question = questions[place]
            is_correct = chance.random() < talent - 0.12 * question.difficulty
            at += timedelta(seconds=chance.randint(5, 120))
            answered, right = answered + 1, right + is_correct
            attempts.add(
                session_id=session_id,
                question_id=first_ids[subject] + place,
                user_id=person.user_id,
                subject_id=subject + 1,
                answer=_right(question, chance) if is_correct else _wrong(question, chance),
                is_correct=is_correct,
                answered_at=at,
            )
        practice_sessions.add(
            id=session_id,
            user_id=person.user_id,
            subject_id=subject + 1,
            started_at=started_at,
            finished_at=at if chance.random() < 0.9 else None,
            answered_count=answered,
            correct_count=right,
        )
    return [practice_sessions, attempts]


def _plan(crowd: Crowd, subjects: int, chance: random.Random) -> list[tuple[datetime, int, Person, int, float]]:
    """When who practises which subject, and how good they are, in the order of time."""
    plan: list[tuple[datetime, int, Person, int, float]] = []
    for person in crowd.everybody:
        if chance.random() < 0.1:
            subject, talent = chance.randrange(subjects), chance.uniform(0.6, 1.3)
            at = person.created_at
            for _ in range(chance.randint(1, 5)):
                at = later(at, timedelta(days=4), chance)
                plan.append((at, person.user_id, person, subject, talent))
    return sorted(plan, key=lambda session: session[:2])


def _right(question: Question, chance: random.Random) -> str:
    """As people type it."""
    return question.answer.upper() if chance.random() < 0.1 else question.answer


def _wrong(question: Question, chance: random.Random) -> str:
    if question.choices:
        return chance.choice([choice for choice in question.choices if choice != question.answer])
    return "" if chance.random() < 0.1 else str(int(question.answer) + chance.choice((-10, -2, -1, 1, 2, 10)))
