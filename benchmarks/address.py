"""A database's address in the forms that the peers take it in."""

from typing import TypedDict

from psycopg.conninfo import conninfo_to_dict

__all__ = ["Address", "address"]


class Address(TypedDict):
    host: str | None
    """A name, or the folder of a unix socket."""
    port: int
    user: str | None
    password: str | None
    database: str | None


def address(url: str) -> Address:
    """The parts of a URL in any form that libpq takes."""
    parts = {name: None if value is None else str(value) for name, value in conninfo_to_dict(url).items()}
    return Address(
        host=parts.get("host"),
        port=int(parts.get("port") or 5432),
        user=parts.get("user"),
        password=parts.get("password"),
        database=parts.get("dbname"),
    )
