"""The function that a name means."""

from exchange_db.check.run import OWN_DOMAINS
from exchange_db.check.targets import AnyQuery, find_targets, import_target
from exchange_db.engine import Query, StreamQuery
from exchange_db.engine.faults import nearest
from exchange_db.errors import ExchangeError

__all__ = ["find_function"]


def find_function(name: str) -> AnyQuery:
    """``places.get_playground`` of this library, or ``myapp.queries:list_orders`` of a host.

    Raises ``ExchangeError`` with the nearest name where there is none.
    """
    module, colon, function = name.partition(":")
    if not colon:
        known = {each.name: each for each in find_targets(OWN_DOMAINS).functions.values()}
        if name in known:
            return known[name]
        module, _, function = name.rpartition(".")
        if not module or f"exchange_db.{module}" in OWN_DOMAINS:
            raise ExchangeError(f"there is no function {name}{_meant(name, list(known))}")
    try:
        names = vars(import_target(module))
    except ImportError as error:
        raise ExchangeError(f"there is no function {name}: {error}") from error
    queries: dict[str, AnyQuery] = {
        each: value for each, value in names.items() if isinstance(value, Query | StreamQuery)
    }
    if function in queries:
        return queries[function]
    raise ExchangeError(f"there is no query {function!r} in {module}{_meant(function, list(queries))}")


def _meant(name: str, known: list[str]) -> str:
    near = nearest(name, known) or nearest(name.rpartition(".")[2], [each.rpartition(".")[2] for each in known])
    return f": did you mean {near}?" if near else ""
