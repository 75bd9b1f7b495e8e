"""What type checkers must refuse. Read by mypy and pyright, never run.

Each line carries the refusal that is expected; both checkers report an expectation that does not come true.
"""

from typing import Any

from psycopg import Connection

from exchange_db import accounts, pipeline, places, sql_folder
from exchange_db.testing import at_most_round_trips, fuzz
from exchange_db.types import PhotoId, PlaygroundId, Point, UserId


def wrong(conn: Connection[Any], photo: PhotoId, user: UserId, playground: PlaygroundId) -> None:
    accounts.get_user(conn, user)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # positional
    accounts.get_user(conn, user_id=photo)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # another id
    accounts.get_user(conn, user_id="1")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # a text
    accounts.get_user(conn)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # missing
    accounts.get_user(conn, id=user)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # unknown name
    accounts.get_user("postgresql://", user_id=user)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # no connection
    places.list_nearest_playgrounds(conn, origin=(1.0, 2.0))  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # no point
    places.get_playground(conn, playground_id=playground).nmae  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # no such field
    accounts.get_user(conn, user_id=user).email = "x"  # type: ignore[misc]  # frozen: seen by the plugin for mypy
    accounts.find_user_by_email(conn, email="a").email  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # may be None
    Point(latitude=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # only half of one
    accounts.get_user.bind(user_id=photo)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # another id
    accounts.get_user.bind(conn, user_id=user)  # type: ignore[misc, arg-type]  # pyright: ignore[reportCallIssue]  # bound to no connection
    places.stream_playgrounds.bind()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # a stream is in no pipeline
    pipeline(conn, accounts.count_users)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # not bound
    pipeline(accounts.count_users.bind())  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # no connection
    pipeline(conn, accounts.count_users.bind())[1]  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]  # one result
    sql_folder("x").raises(users_email_key="EmailTaken")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # no class
    sql_folder("x").raises(users_email_key=ValueError)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # no error of ours
    fuzz(conn, accounts.get_user)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the other way round
    fuzz(accounts.get_user, conn, strategies={"user_id": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]  # a value
    at_most_round_trips("postgresql:///", 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # no connection
