"""Whether an idle connection is still alive, without a round trip."""

import select
from typing import Any

from psycopg import AsyncConnection, Connection, OperationalError, pq
from psycopg.errors import Diagnostic

_CRASH_SHUTDOWN = "57P02"
"""Another backend has crashed, and the server ends all of them. It calls this a warning."""


def has_died(conn: Connection[Any] | AsyncConnection[Any]) -> bool:
    """True when the server has said goodbye to this idle connection.

    An idle connection's socket becomes readable for a notification or for its end. So one look at the socket
    (a system call, about a microsecond) tells a killed backend or a restarted server, where a test query would
    cost a round trip. What it cannot see is a peer that vanished without a word; TCP keep-alives are for that.
    """
    pgconn = conn.pgconn
    if pgconn.status != pq.ConnStatus.OK:
        return True
    poll = select.poll()
    poll.register(pgconn.socket, select.POLLIN)
    if not poll.poll(0):
        return False
    farewells: list[str] = []

    def listen(notice: Diagnostic) -> None:  # an error that comes to an idle connection is told as a notice
        if notice.severity_nonlocalized in ("FATAL", "PANIC") or notice.sqlstate == _CRASH_SHUTDOWN:
            farewells.append(notice.severity_nonlocalized or "")

    conn.add_notice_handler(listen)
    try:
        # The reason comes first and the end of the stream after it, maybe a moment later: either is enough.
        while poll.poll(0) and not farewells:
            pgconn.consume_input()
            pgconn.is_busy()  # makes libpq look at what it has read
    except OperationalError:
        return True
    finally:
        conn.remove_notice_handler(listen)
    return bool(farewells) or pgconn.status != pq.ConnStatus.OK
