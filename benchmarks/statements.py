"""The SQL of those peers that take SQL: the same statement for all of them, in each one's way to write a parameter."""

__all__ = ["DELIVERIES", "USER", "numbered", "percent"]

DELIVERIES = """
select
  id, customer_id, courier, street, city, note, items, distance_m, is_paid, ordered_at, delivered_at
from bench.deliveries order by id limit :limit
"""

USER = """
select
  id as user_id, email, username, full_name, is_active, is_superuser, created_at, updated_at
from exchange.users where id = :user_id
"""


def percent(statement: str, name: str) -> str:
    """With psycopg's placeholder for its one parameter."""
    return statement.replace(f":{name}", "%s")


def numbered(statement: str, name: str) -> str:
    """With the server's own placeholder for its one parameter."""
    return statement.replace(f":{name}", "$1")
