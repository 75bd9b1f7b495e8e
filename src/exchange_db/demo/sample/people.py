"""People: accounts, and profiles with photos, prompts and preferences."""

import random
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from exchange_db.demo.sample.tables import FIRST_DAY, SampleTable, chance_of, moment
from exchange_db.demo.sample.world import Atlas, Names, point_in, wkt
from exchange_db.types import ActivityLevel, DistanceUnit, Point

__all__ = ["PASSWORD", "Crowd", "Person", "make_people"]

PASSWORD = "correct horse battery staple"  # noqa: S105 - everybody's, and told to everybody
PASSWORD_HASH = (  # of PASSWORD, made once: hashing is slow on purpose, and 20,000 times slow is half an hour
    "$argon2id$v=19$m=65536,t=3,p=4$KYsz30i/rJ7AysrCqpOA4Q$AhWgwYLiRX4OLsYYCe5MFrJmSZxViWup5MSBjjxOEvQ"  # noqa: S105
)

PHOTOS = "https://photos.example.org"
NEIGHBOURHOOD = -77.0865, 38.8903
"""Where the tour's guest is at home: a few people live there, and are easy to please."""


@dataclass(frozen=True)
class Person:
    """What the other parts of the data go by."""

    user_id: int
    name: str
    created_at: datetime
    location: Point
    is_neighbour: bool
    teaches: list[str]
    learns: list[str]


@dataclass
class Crowd:
    """Everybody, and who lives near whom."""

    everybody: list[Person] = field(default_factory=list[Person])
    _areas: dict[tuple[int, int], list[Person]] = field(
        default_factory=lambda: defaultdict[tuple[int, int], list[Person]](list)
    )

    def add(self, person: Person) -> None:
        self.everybody.append(person)
        self._areas[self._area(person)].append(person)

    def around(self, person: Person) -> list[Person]:
        """Everybody in the same half degree of latitude and longitude, the person among them."""
        return self._areas[self._area(person)]

    @staticmethod
    def _area(person: Person) -> tuple[int, int]:
        return int(person.location.longitude * 2 // 1), int(person.location.latitude * 2 // 1)


def make_people(count: int, atlas: Atlas) -> tuple[Crowd, list[SampleTable]]:
    """So many people, each with a profile; and their tables."""
    chance = chance_of("people")
    users, profiles, preferences, photos, prompts = map(
        SampleTable, ("users", "profiles", "preferences", "photos", "prompts")
    )
    names, crowd = Names(), Crowd()
    neighbours = min(count, 40, 5 + count // 10)
    homes = [atlas.nearest(*NEIGHBOURHOOD)] * neighbours + atlas.draw(count - neighbours, chance)
    for user_id, home in enumerate(homes, start=1):
        is_neighbour = user_id <= neighbours
        first_name, last_name = names.draw(home.country_code, chance)
        handle = f"{_plain(first_name)}.{_plain(last_name)}{user_id}"
        created_at = moment(chance)
        location = point_in(home, chance)
        teaches, learns = _skills(chance)
        crowd.add(Person(user_id, first_name, created_at, location, is_neighbour, teaches, learns))
        users.add(
            id=user_id,
            email=f"{handle}@example.org",
            username=handle,
            full_name=f"{first_name} {last_name}",
            password_hash=PASSWORD_HASH,
            is_active=is_neighbour or chance.random() < 0.98,
            created_at=created_at,
            updated_at=created_at,
        )
        # Four in ten show photos, three in five answer prompts.
        photo_count = chance.randint(1, 4) if chance.random() < 0.4 else 0
        photo_ids = [len(photos.rows) + number for number in range(1, photo_count + 1)]
        for photo_id in photo_ids:
            photos.add(id=photo_id, user_id=user_id, url=f"{PHOTOS}/{photo_id}.jpg", created_at=created_at)
        questions = chance.sample(list(_PROMPTS), chance.choice((0, 0, 1, 2, 3)))
        prompt_ids = [len(prompts.rows) + number for number in range(1, len(questions) + 1)]
        for prompt_id, question in zip(prompt_ids, questions, strict=True):
            answer = chance.choice(_PROMPTS[question])
            prompts.add(id=prompt_id, user_id=user_id, question=question, answer=answer)
        born = FIRST_DAY.date() - timedelta(days=chance.randint(18 * 365, 80 * 365))
        profiles.add(
            user_id=user_id,
            name=first_name,
            birth_date=born if chance.random() < 0.9 else None,
            bio=f"Can teach {teaches[0]}, would love to learn {learns[0]}.",
            pronouns=chance.choice(_PRONOUNS),
            image_url=f"{PHOTOS}/{photo_ids[0]}.jpg" if photo_ids else None,
            location_name=f"{home.name}, {home.country}",
            location=wkt(location),
            activity_level=chance.choice([*ActivityLevel, None]),
            photo_order=photo_ids,
            prompt_order=prompt_ids,
            created_at=created_at,
            updated_at=created_at,
        )
        min_age = 18 if is_neighbour else chance.randint(18, 40)
        preferences.add(
            user_id=user_id,
            min_age=min_age,
            max_age=99 if is_neighbour else min_age + chance.randint(5, 40),
            max_distance_m=40_233.6 if is_neighbour else chance.choice((5_000.0, 25_000.0, 40_233.6)),
            distance_unit=DistanceUnit.MILES if home.country_code in _COUNT_MILES else DistanceUnit.KILOMETERS,
            activity_level=chance.choice(list(ActivityLevel)),
        )
    return crowd, [users, profiles, preferences, photos, prompts]


def _plain(name: str) -> str:
    """A name as an e-mail address has it: Łukasz -> ukasz, van de Elzas -> vandeelzas."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in ascii_only.lower() if letter.isalpha())


def _skills(chance: random.Random) -> tuple[list[str], list[str]]:
    """One to three skills that somebody teaches, and as many others that they want to learn."""
    skills: list[str] = []
    wanted = chance.randint(1, 3)
    while len(skills) < 2 * wanted:
        (skill,) = chance.choices(_SKILLS, cum_weights=_POPULARITY)
        if skill not in skills:
            skills.append(skill)
    return skills[:wanted], skills[wanted:]


# --- words: as paragraphs, which read better here than one a line ----------------------------------------------------
# fmt: off

_COUNT_MILES = ("GB", "LR", "US")
_PRONOUNS = ("she/her", "he/him", "they/them", None)
_SKILLS = (  # the most popular first
    "guitar", "Spanish", "yoga", "photography", "cooking", "Python", "piano", "dog training", "gardening", "chess",
    "Portuguese", "drawing", "sourdough baking", "salsa", "swimming", "knitting", "bouldering", "pottery", "German",
    "singing", "bicycle repair", "sewing", "tango", "astronomy", "sign language", "juggling", "woodwork", "the cello",
    "calligraphy", "beekeeping", "origami", "welding", "Esperanto", "falconry",
)
_POPULARITY = [sum(1 / rank for rank in range(1, last + 1)) for last in range(1, len(_SKILLS) + 1)]
_PROMPTS = {
    "A perfect Sunday": ("The long way round the lake.", "Flea market, then a nap.", "Whatever the dog decides."),
    "Ask me about": ("The year I lived on a boat.", "Growing tomatoes indoors.", "How I met my dog."),
    "I will never understand": ("Pineapple on pizza.", "Getting up at five.", "Why he buries socks."),
    "Never without": ("A flask of tea.", "Two tennis balls.", "A good map.", "My reading glasses."),
}
