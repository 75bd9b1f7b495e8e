"""A proxy between client and server that counts what travels, and can cut the line at a chosen moment.

The protocol's messages are those of https://www.postgresql.org/docs/current/protocol-message-formats.html.
"""

import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

__all__ = ["Proxy", "Traffic"]

_LENGTH = struct.Struct("!i")
_CHUNK = 65_536


@dataclass
class Traffic:
    """What clients sent."""

    flights: int = 0
    """How often a client spoke after it had listened: one flight and its answer are one round trip."""
    messages: list[str] = field(default_factory=list[str])
    """Each message's type: ``P`` parse, ``B`` bind, ``D`` describe, ``E`` execute, ``S`` sync, ``Q`` simple query."""
    text: bytes = b""

    @property
    def kinds(self) -> str:
        """The messages' types in one word, such as ``PBDES``."""
        return "".join(self.messages)


class Proxy:
    """Listens on a TCP port and forwards to the server of ``conninfo``, be that a port or a unix socket."""

    def __init__(self, conninfo: str) -> None:
        self._target = conninfo_to_dict(conninfo)
        self._listener = socket.create_server(("127.0.0.1", 0))
        host, port = self._listener.getsockname()[:2]
        # In clear text, and without asking for anything else first: every byte can be read.
        self.conninfo = make_conninfo(
            conninfo, host=host, hostaddr=host, port=port, sslmode="disable", gssencmode="disable"
        )
        self._traffic = Traffic()
        self._lock = threading.Lock()
        self._cut_after: bytes | None = None
        self._refusing = False
        self._lines: list[_Line] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()
        self._acceptor.join()
        for line in self._lines:
            line.close()

    @contextmanager
    def recording(self) -> Generator[Traffic]:
        """The traffic of all connections while the block lasts."""
        traffic = Traffic()
        with self._lock:
            self._traffic = traffic
        yield traffic
        with self._lock:
            self._traffic = Traffic()

    def cut_after(self, text: bytes) -> None:
        """Lose the server's answer to the next message that contains ``text``: the server gets and executes the
        message, and the client finds the connection dead."""
        self._cut_after = text

    def refuse(self) -> None:
        """End all connections, and every new one as soon as it comes."""
        with self._lock:
            self._refusing = True
            lines = list(self._lines)
        for line in lines:
            line.close()

    def accept_again(self) -> None:
        """Be what it was before ``refuse``."""
        self._refusing = False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:  # so that none is accepted whom ``refuse`` does not see
                if self._refusing:
                    client.close()
                else:
                    self._lines.append(_Line(self, client, self._connect()))

    def _connect(self) -> socket.socket:
        # libpq's own rules: several hosts stand in a list, and a host that is a path is a folder of sockets
        host = str(self._target.get("hostaddr") or self._target.get("host") or "localhost").split(",")[0]
        port = str(self._target.get("port") or 5432).split(",")[0]
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
            return server
        server = socket.create_connection((host, int(port)))
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server

    def note(self, line: "_Line", messages: list[bytes]) -> bool:
        """Count what a client sent; whether the answer is to be lost."""
        with self._lock:
            # A farewell is not answered, and that of an earlier connection may come late, into another's record.
            noted = [message for message in messages if not message.startswith(b"X")]
            self._traffic.flights += line.answered and bool(noted)
            self._traffic.messages += [chr(message[0]) for message in noted]
            self._traffic.text += b"".join(noted)
            if self._cut_after is not None and any(self._cut_after in message for message in messages):
                self._cut_after = None
                return True
        return False


class _Line:
    """One client's connection: two threads, one for each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._proxy, self._client, self._server = proxy, client, server
        self.answered = True
        """Whether the server has spoken since the client last did."""
        self._cut = False
        self._started = False
        self._rest = b""
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._upstream, self._downstream)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._hang_up()
        for thread in self._threads:
            thread.join()
        self._client.close()
        self._server.close()

    def _hang_up(self) -> None:
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _upstream(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(_CHUNK):
                # A flush (H) asks for nothing: psycopg sends one after a pipeline, be the answer there or not.
                if messages := [message for message in self._messages(data) if message[:1] != b"H"]:
                    self._cut |= self._proxy.note(self, messages)
                    self.answered = False
                self._server.sendall(data)
        self._hang_up()

    def _downstream(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(_CHUNK):
                if self._cut:
                    break
                self.answered = True
                self._client.sendall(data)
        self._hang_up()

    def _messages(self, data: bytes) -> list[bytes]:
        """The whole messages that ``data`` completes."""
        self._rest += data
        found: list[bytes] = []
        while len(self._rest) >= 5:
            # The first message has no type; like the others it says its length, in which the type does not count.
            start = 1 if self._started else 0
            (length,) = _LENGTH.unpack_from(self._rest, start)
            if len(self._rest) < start + length:
                break
            message, self._rest = self._rest[: start + length], self._rest[start + length :]
            if self._started:
                found.append(message)
            self._started = True
        return found
