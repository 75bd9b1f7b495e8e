"""What an application's tests get, beside the fixtures of the plugin (``pytest_exchange_db``).

``fuzz`` calls functions with any valid input, ``at_most_round_trips`` finds queries in a loop. ``docs/testing.md``
shows them at work. The extra ``exchange-db[testing]`` brings what they need.
"""

from exchange_db.testing.fuzzing import DOCUMENTED, FuzzFailure, fuzz
from exchange_db.testing.round_trips import RoundTrip, RoundTrips, at_most_round_trips, count_round_trips

__all__ = [
    "DOCUMENTED",
    "FuzzFailure",
    "RoundTrip",
    "RoundTrips",
    "at_most_round_trips",
    "count_round_trips",
    "fuzz",
]
