"""A web shop in Berlin: what it sells, the days that make a difference to it, and three years of sales."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import holidays

from exchange_db.demo.sample.tables import FIRST_DAY, SampleTable, chance_of
from exchange_db.types import EventKind

__all__ = ["make_shop"]

YEARS = (2022, 2023, 2024)


@dataclass(frozen=True)
class _Product:
    product_id: int
    category: str
    price: Decimal


@dataclass(frozen=True)
class _Event:
    day: date
    name: str
    kind: EventKind
    categories: tuple[str, ...] = ()
    """Where it is a promotion: of what."""
    in_prediction: bool = True


def make_shop(sales: int) -> list[SampleTable]:
    """So many sales of three years, with the products and the events."""
    chance = chance_of("shop")
    catalogue, products = _products(chance)
    events = _events()
    return [products, _events_table(events), _sales(sales, catalogue, events, chance)]


# --- products --------------------------------------------------------------------------------------------------------


def _products(chance: random.Random) -> tuple[list[_Product], SampleTable]:
    table, catalogue = SampleTable("products"), list[_Product]()
    for category, articles in _ARTICLES.items():
        for number, (name, euros, variations) in enumerate(articles, start=1):
            for letter, variation in zip("ABCD", variations or (None,), strict=False):
                # The second of two sizes costs more than the first.
                price = Decimal(euros) + ("ABCD".index(letter) * Decimal(euros) / 4).quantize(Decimal("0.1"))
                catalogue.append(_Product(len(catalogue) + 1, category, price))
                table.add(
                    id=len(catalogue),
                    name=name,
                    category=category,
                    variation=variation,
                    price=price,
                    stock=chance.choice((0, 3, 8, 20, 45, 60, 90, 140)),
                    sku=f"{category[:3].upper()}-{number:02}{letter if variation else ''}",
                    created_at=FIRST_DAY,
                )
    return catalogue, table


# --- events ----------------------------------------------------------------------------------------------------------


def _events() -> list[_Event]:
    """Berlin's public holidays, and the shop's own days."""
    events: list[_Event] = []
    for day, name in holidays.country_holidays("DE", subdiv="BE", years=YEARS, language="en_US").items():
        events.append(_Event(day, name, EventKind.HOLIDAY))
        if name == "Easter Monday":
            events.append(_Event(day - timedelta(days=1), "Easter Sunday", EventKind.SEASONAL))
    for year in YEARS:
        fourth_advent = date(year, 12, 24) - timedelta(days=(date(year, 12, 24).weekday() + 1) % 7)
        events += [
            _Event(fourth_advent - timedelta(weeks=weeks), f"{which} Sunday of Advent", EventKind.SEASONAL)
            for weeks, which in enumerate(("Fourth", "Third", "Second", "First"))
        ]
        black_friday = fourth_advent - timedelta(days=23)
        events += _promotion("Black Week", black_friday - timedelta(days=4), 7, *_ARTICLES)
        events += _promotion("Spring fair", date(year, 3, 20), 14, "Garden")
        events += _promotion("Summer clearance", date(year, 7, 10), 10, "Crafts", "Music")
        events += _promotion("World Animal Day", date(year, 10, 3), 3, "Dogs", "Cats", "Aquarium")
        events.append(_Event(date(year, 5, 12), "The shop's birthday", EventKind.CUSTOM, in_prediction=False))
    return sorted(events, key=lambda event: (event.day, event.name))


def _promotion(name: str, first_day: date, days: int, *categories: str) -> list[_Event]:
    return [_Event(first_day + timedelta(days=n), name, EventKind.PROMOTION, categories) for n in range(days)]


def _events_table(events: list[_Event]) -> SampleTable:
    table = SampleTable("events")
    for event_id, event in enumerate(events, start=1):
        table.add(
            id=event_id,
            name=event.name,
            event_date=event.day,
            kind=event.kind,
            description=f"20 % off: {', '.join(event.categories)}" if event.categories else None,
            include_in_prediction=event.in_prediction,
        )
    return table


# --- sales -----------------------------------------------------------------------------------------------------------


def _sales(count: int, catalogue: list[_Product], events: list[_Event], chance: random.Random) -> SampleTable:
    table = SampleTable("sales")
    of_day: dict[date, list[_Event]] = {}
    for event in events:
        of_day.setdefault(event.day, []).append(event)
    popularity = [1 / rank for rank in range(2, len(catalogue) + 2)]
    chance.shuffle(popularity)
    first_day, last_day = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    busy = accumulate(_business(day, of_day.get(day, [])) for day in days)
    sold_on = Counter(chance.choices(days, cum_weights=list(busy), k=count))
    for day in days:
        promoted = {category for event in of_day.get(day, []) for category in event.categories}
        wanted = accumulate(
            share * (2 if product.category in promoted else 1) * _SEASON[product.category][day.month - 1]
            for share, product in zip(popularity, catalogue, strict=True)
        )
        sold = chance.choices(catalogue, cum_weights=list(wanted), k=sold_on[day])
        quantities = chance.choices((1, 2, 3), cum_weights=(5, 7, 8), k=sold_on[day])
        moments = _moments(day, sold_on[day], chance)
        for product, quantity, sold_at in zip(sold, quantities, moments, strict=True):
            is_promo = product.category in promoted
            # Prices rise by 4 % a year; a promotion takes 20 % off.
            percent = (100 - 4 * (YEARS[-1] - day.year)) * (80 if is_promo else 100)
            table.add(
                product_id=product.product_id,
                id=len(table.rows) + 1,
                quantity=quantity,
                unit_price=(product.price * percent / 10_000).quantize(Decimal("0.01")),
                is_promo=is_promo,
                sold_at=sold_at,
                from_stock=False,
            )
    return table


def _business(day: date, events: list[_Event]) -> float:
    """How much is sold on a day, in proportion: by the year, the week, Christmas coming near, and the events."""
    level = 1 + 0.15 * (day.year - YEARS[0])
    level *= (1.0, 0.95, 0.95, 1.0, 1.05, 1.2, 1.4)[day.weekday()]
    if day.month == 12:
        level *= 1.2 + day.day / 25 if day.day <= 20 else 0.6
    for event in events:
        level *= {EventKind.HOLIDAY: 0.6, EventKind.PROMOTION: 1 + len(event.categories) / 10}.get(event.kind, 1)
    return level


def _moments(day: date, count: int, chance: random.Random) -> list[datetime]:
    """So many moments of a day in Berlin, which has 23 hours when summer time begins, and 25 when it ends."""
    start, end = _midnight(day), _midnight(day + timedelta(days=1))
    hours = chance.choices(range(24), cum_weights=_HOURS, k=count)
    shares = sorted((hour + chance.random()) / 24 for hour in hours)
    return [start + timedelta(seconds=int((end - start).total_seconds() * share)) for share in shares]


def _midnight(day: date) -> datetime:
    """When a day begins in Berlin. By the rule, as not every machine has the data of time zones for Python."""
    summer = _last_sunday(day.year, 3) < day <= _last_sunday(day.year, 10)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=2 if summer else 1)


def _last_sunday(year: int, month: int) -> date:
    """Of a month of 31 days."""
    return date(year, month, 31) - timedelta(days=(date(year, month, 31).weekday() + 1) % 7)


# --- words and numbers: as paragraphs, which read better here than one a line ----------------------------------------
# fmt: off

_HOURS = list(accumulate((2, 1, 0.5, 0.5, 0.5, 1, 2, 4, 5, 6, 6, 6, 7, 6, 5, 5, 6, 7, 8, 10, 11, 10, 7, 4)))
_SEASON = {  # from January to December
    "Dogs": (1.0, 1.0, 1.0, 1.0, 1.1, 1.1, 1.1, 1.0, 1.0, 1.0, 1.0, 1.2),
    "Cats": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2),
    "Aquarium": (1.2, 1.2, 1.1, 1.0, 0.9, 0.7, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2),
    "Garden": (0.2, 0.5, 1.6, 2.2, 2.2, 1.6, 1.1, 0.9, 0.8, 0.6, 0.3, 0.2),
    "Crafts": (1.1, 1.0, 0.9, 0.8, 0.7, 0.7, 0.7, 0.8, 1.0, 1.3, 1.6, 1.9),
    "Music": (0.9, 0.9, 0.9, 0.9, 1.0, 1.0, 1.0, 0.9, 1.1, 1.0, 1.2, 1.8),
}
_ARTICLES: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "Dogs": (
        ("Rope toy", "6.90", ("small", "large")), ("Tennis balls, three", "4.50", ()),
        ("Harness", "24.90", ("S", "M", "L")), ("Reflecting collar", "12.90", ("red", "blue", "yellow")),
        ("Raincoat", "32.00", ("S", "M", "L")), ("Training treats", "5.40", ("200 g", "500 g")),
        ("Folding bowl", "8.90", ()), ("Long line, ten metres", "18.50", ()), ("Bed", "49.00", ("M", "L")),
        ("Clicker", "3.20", ()),
    ),
    "Cats": (
        ("Scratching post", "39.00", ("60 cm", "120 cm")), ("Feather wand", "5.90", ()),
        ("Catnip mouse", "3.90", ("grey", "red")), ("Window hammock", "27.50", ()),
        ("Drinking fountain", "34.00", ()), ("Tunnel", "16.90", ()), ("Brush", "9.80", ()),
        ("Carrier", "44.00", ("small", "large")),
    ),
    "Aquarium": (
        ("Starter tank", "89.00", ("54 l", "112 l")), ("Water test", "14.90", ()), ("Java moss", "6.50", ()),
        ("Filter sponge", "4.80", ("fine", "coarse")), ("Flakes", "5.20", ("100 ml", "250 ml", "1 l")),
        ("Gravel", "7.90", ("black", "white")),
    ),
    "Garden": (
        ("Tomato seeds", "2.90", ("red", "yellow", "black")), ("Watering can", "19.90", ("5 l", "10 l")),
        ("Secateurs", "22.00", ()), ("Gloves", "7.50", ("S", "M", "L")), ("Bee hotel", "29.00", ()),
        ("Herb planter", "15.90", ()), ("Bird table", "36.00", ()), ("Compost thermometer", "12.40", ()),
    ),
    "Crafts": (
        ("Merino wool", "6.80", ("natural", "navy", "moss", "rust")), ("Knitting needles", "8.90", ("4 mm", "6 mm")),
        ("Origami paper", "4.20", ()), ("Calligraphy set", "21.00", ()), ("Pottery clay", "13.50", ("white", "red")),
        ("Linocut set", "26.90", ()), ("Sketchbook", "9.90", ("A5", "A4")), ("Embroidery hoop", "5.60", ()),
    ),
    "Music": (
        ("Guitar strings", "8.40", ("light", "medium")), ("Capo", "14.90", ()), ("Tuner", "17.90", ()),
        ("Music stand", "23.00", ()), ("Harmonica", "28.00", ("C", "G")), ("Ukulele", "59.00", ("soprano", "alto")),
        ("Metronome", "31.00", ()), ("Rosin", "6.20", ()),
    ),
}
