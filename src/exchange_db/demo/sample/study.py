"""Past exam questions whose answers can be checked: countries as GeoNames knows them, sums, and days of the week."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import gcd

from exchange_db.demo.sample.tables import FIRST_DAY, SampleTable, chance_of
from exchange_db.demo.sample.world import Atlas, Country

__all__ = ["Question", "make_questions"]


@dataclass(frozen=True)
class Question:
    """As it is on the paper, with what the other parts of the data go by."""

    body: str
    answer: str
    difficulty: int
    tags: tuple[str, ...]
    choices: tuple[str, ...] | None = None
    explanation: str | None = None


_Ask = Callable[[random.Random], Question]


def make_questions(count: int, atlas: Atlas) -> tuple[list[list[Question]], list[SampleTable]]:
    """So many questions by subject, whose ids count from 1 through all subjects; and the tables."""
    chance = chance_of("study")
    subjects, questions = SampleTable("subjects"), SampleTable("questions")
    countries = [country for country in atlas.countries if country.capital and country.population and country.area_km2]
    of_subject: dict[str, tuple[list[_Ask], int]] = {
        "Geography": (_about_countries(countries), count * 2 // 5),
        "Mathematics": ([_product, _equation, _percentage, _triangle, _divisor], count * 2 // 5),
        "Calendar": ([_weekday, _days_between], count - count * 2 // 5 * 2),
    }
    by_subject: list[list[Question]] = []
    for subject_id, (name, (kinds, wanted)) in enumerate(of_subject.items(), start=1):
        subjects.add(id=subject_id, name=name, created_at=FIRST_DAY)
        papers: dict[str, Question] = {}
        while len(papers) < wanted:
            question = chance.choice(kinds)(chance)
            papers.setdefault(question.body, question)
        by_subject.append(list(papers.values()))
        for question in by_subject[-1]:
            questions.add(
                id=len(questions.rows) + 1,
                subject_id=subject_id,
                year=chance.randint(2012, 2024),
                paper=chance.choice(("Paper 1", "Paper 2")),
                body=question.body,
                choices=json.dumps(question.choices, ensure_ascii=False) if question.choices else None,
                answer=question.answer,
                explanation=question.explanation,
                difficulty=question.difficulty,
                tags=list(question.tags),
                created_at=FIRST_DAY,
                updated_at=FIRST_DAY,
            )
    return by_subject, [subjects, questions]


def _shuffled(answer: str, others: list[str], chance: random.Random) -> tuple[str, ...]:
    """The answer and three others, in any order."""
    different = sorted({other for other in others if other.casefold() != answer.casefold()})
    choices = [answer, *chance.sample(different, 3)]
    chance.shuffle(choices)
    return tuple(choices)


# --- geography -------------------------------------------------------------------------------------------------------


def _about_countries(countries: list[Country]) -> list[_Ask]:
    by_size = sorted(countries, key=lambda country: -country.population)
    # The larger a country, the better it is known.
    difficulty = {country.name: 1 + rank * 5 // len(by_size) for rank, country in enumerate(by_size)}
    continents = sorted({country.continent for country in countries})

    def capital(chance: random.Random) -> Question:
        country = chance.choice(countries)
        others = [other.capital for other in countries if other.continent == country.continent]
        return Question(
            f"What is the capital of {country.name}?",
            country.capital,
            difficulty[country.name],
            ("capitals", country.continent.lower()),
            _shuffled(country.capital, others, chance),
        )

    def continent(chance: random.Random) -> Question:
        country = chance.choice(countries)
        return Question(
            f"On which continent does GeoNames list {country.name}?",
            country.continent,
            difficulty[country.name],
            ("continents", country.continent.lower()),
            tuple(continents),
            f"{country.name}, whose capital is {country.capital}, is listed under {country.continent}.",
        )

    def currency(chance: random.Random) -> Question:
        country = chance.choice(countries)
        return Question(
            f"What is the currency of {country.name} called?",
            country.currency,
            difficulty[country.name],
            ("currencies", country.continent.lower()),
            _shuffled(country.currency, [other.currency for other in countries], chance),
        )

    def most(chance: random.Random) -> Question:
        four = chance.sample(countries, 4)
        what, unit, size = chance.choice(_SIZES)
        first, second, *_ = sorted(four, key=size, reverse=True)
        return Question(
            f"Which of these countries has the {what}: {', '.join(country.name for country in four)}?",
            first.name,
            2 if size(first) > 5 * size(second) else 4,
            (unit, "comparison"),
            tuple(country.name for country in four),
            f"{first.name} has {size(first):,}, {second.name} {size(second):,}.",
        )

    return [capital, continent, currency, most, most]


_SIZES: list[tuple[str, str, Callable[[Country], int]]] = [
    ("most people", "population", lambda country: country.population),
    ("largest area in square kilometres", "area", lambda country: country.area_km2),
]


# --- mathematics -----------------------------------------------------------------------------------------------------


def _product(chance: random.Random) -> Question:
    a, b = chance.randint(6, 99), chance.randint(6, 99)
    body = f"What is {a} × {b}?"
    return Question(body, str(a * b), 1 + (a > 20) + (b > 20), ("arithmetic", "multiplication"))


def _equation(chance: random.Random) -> Question:
    a, x, b = chance.randint(2, 12), chance.randint(2, 30), chance.randint(1, 60)
    return Question(
        f"Solve for x: {a}x + {b} = {a * x + b}.",
        str(x),
        3,
        ("algebra", "linear equations"),
        explanation=f"Subtract {b} from both sides, then divide by {a}.",
    )


def _percentage(chance: random.Random) -> Question:
    percent, whole = chance.randrange(5, 100, 5), chance.randrange(20, 2_000, 20)
    return Question(f"What is {percent} % of {whole}?", str(percent * whole // 100), 2, ("arithmetic", "percentages"))


def _triangle(chance: random.Random) -> Question:
    # Euclid's formula gives sides that are whole numbers.
    n = chance.randint(1, 9)
    m, times = n + chance.randint(1, 9), chance.randint(1, 4)
    legs, hypotenuse = (times * (m * m - n * n), times * 2 * m * n), times * (m * m + n * n)
    return Question(
        f"The legs of a right triangle are {min(legs)} and {max(legs)} long. How long is the hypotenuse?",
        str(hypotenuse),
        4,
        ("geometry", "pythagoras"),
        explanation=f"{min(legs)}² + {max(legs)}² = {hypotenuse}².",
    )


def _divisor(chance: random.Random) -> Question:
    common = chance.randint(2, 25)
    a, b = common * chance.randint(2, 30), common * chance.randint(2, 30)
    return Question(
        f"What is the greatest common divisor of {a} and {b}?", str(gcd(a, b)), 5, ("arithmetic", "divisibility")
    )


# --- calendar --------------------------------------------------------------------------------------------------------

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _weekday(chance: random.Random) -> Question:
    day = date(1900, 1, 1) + timedelta(days=chance.randrange(130 * 365))
    return Question(
        f"Which day of the week is {day.day} {day:%B %Y}?", _WEEKDAYS[day.weekday()], 4, ("weekdays",), _WEEKDAYS
    )


def _days_between(chance: random.Random) -> Question:
    first = date(2000, 1, 1) + timedelta(days=chance.randrange(30 * 365))
    last = first + timedelta(days=chance.randint(20, 200))
    return Question(
        f"How many days is it from {first.day} {first:%B} to {last.day} {last:%B %Y}?",
        str((last - first).days),
        3,
        ("durations",),
    )
