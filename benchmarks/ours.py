"""Our side of the cases that are not about a function of the library's own domains."""

from datetime import datetime

from exchange_db.engine import sql_folder
from exchange_db.types import Record

__all__ = ["Delivery", "list_deliveries"]

query = sql_folder("sql/bench")


class Delivery(Record):
    id: int
    customer_id: int
    courier: str
    street: str
    city: str
    note: str | None
    items: int
    distance_m: float
    is_paid: bool
    ordered_at: datetime
    delivered_at: datetime | None


@query
def list_deliveries(*, limit: int) -> list[Delivery]:
    """The first deliveries in the order of id."""
    ...


query.complete()
