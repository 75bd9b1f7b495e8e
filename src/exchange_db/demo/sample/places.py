"""Playgrounds around real cities."""

from exchange_db.demo.sample.tables import SampleTable, chance_of, moment
from exchange_db.demo.sample.world import Atlas, point_in, wkt

__all__ = ["make_playgrounds"]


def make_playgrounds(count: int, people: int, atlas: Atlas) -> SampleTable:
    """So many playgrounds, each added by one of so many people."""
    chance = chance_of("playgrounds")
    table = SampleTable("playgrounds")
    # One in every capital first, so that a map shows something wherever one looks.
    cities = [*atlas.capitals, *atlas.draw(count, chance)][:count]
    chance.shuffle(cities)
    for playground_id, city in enumerate(cities, start=1):
        equipment = ", ".join(chance.sample(_EQUIPMENT, 3))
        table.add(
            id=playground_id,
            added_by=chance.randint(1, people),
            name=f"{chance.choice(_FEATURES)} {chance.choice(_KINDS)}, {city.name}",
            description=f"{equipment.capitalize()}." if chance.random() < 0.8 else None,
            location=wkt(point_in(city, chance)),
            created_at=moment(chance),
        )
    return table


# fmt: off
_FEATURES = (
    "Canal", "Chestnut", "Harbour", "Hillside", "Lindens", "Market", "Meadow", "Mill", "Old Station", "Orchard",
    "Pinewood", "Pond", "Riverside", "Rose Garden", "School Lane", "Sunny", "Tower", "Willow",
)
_KINDS = ("Playground", "Playground", "Playground", "Dog Park", "Skate Park", "Playing Field")
_EQUIPMENT = (
    "swings", "a slide", "a sandpit", "a climbing net", "a fenced lawn", "a fountain", "benches in the shade",
    "a zip line", "a paddling pool", "table tennis", "a seesaw", "drinking water",
)
