"""The decorator: a folder of ``.sql`` files and a module of declarations become typed functions."""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from copy import copy
from dataclasses import replace
from os import PathLike
from pathlib import Path
from threading import TIMEOUT_MAX
from types import FunctionType
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

from psycopg import Connection
from psycopg_pool import ConnectionPool

from exchange_db.engine.binding import Binder
from exchange_db.engine.declaration import Declaration, definition_line, read_declaration, wrong_errors
from exchange_db.engine.decoding import Decoder
from exchange_db.engine.execution import AsyncDB, Call, SyncDB, check_db, run, run_async
from exchange_db.engine.faults import Fault, nearest, render_faults
from exchange_db.engine.flight import Bound
from exchange_db.engine.origin import Origin
from exchange_db.engine.selection import Selector
from exchange_db.engine.sqlfile import SqlFile, load_folder
from exchange_db.engine.streaming import stream, stream_async
from exchange_db.errors import DeclarationError, ExchangeError

__all__ = ["Query", "SqlFolder", "StreamQuery", "sql_folder"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_SYNC = (Connection, ConnectionPool)


class _Function:
    """What a query and a stream have in common: a declared function, its file, and how to make a call."""

    def __init__(self, folder: "SqlFolder", function: Callable[..., Any]) -> None:
        self._folder = folder
        self._made: tuple[Declaration, SqlFile, Origin, Binder | Selector, Decoder[Any]] | None = None
        self._timeout: float | None = None
        self.name = f"{folder.path.name}.{function.__name__}"
        """The name that errors and the server's own views show, such as ``places.get_playground``."""
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__module__ = function.__module__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        declared = inspect.signature(function)
        # A statement may have a :db of its own.
        db = inspect.Parameter("_db" if "db" in declared.parameters else "db", inspect.Parameter.POSITIONAL_ONLY)
        self.__signature__ = declared.replace(parameters=[db, *declared.parameters.values()])

    @property
    def path(self) -> Path:
        """The ``.sql`` file."""
        return self._folder.path / f"{self.__name__}.sql"

    @property
    def folder(self) -> "SqlFolder":
        """The folder that declares it."""
        return self._folder

    @property
    def declaration(self) -> Declaration:
        """What the function declares; raises ``DeclarationError`` where its folder has a fault."""
        return self._folder.settled(self.__name__)[0]

    @property
    def file(self) -> SqlFile:
        """What the ``.sql`` file holds; raises ``DeclarationError`` where its folder has a fault."""
        return self._folder.settled(self.__name__)[1]

    def with_timeout(self, seconds: float) -> Self:
        """The same function with a limit of ``seconds`` on the server's work for one call.

        At the limit the server is asked to cancel; ``TimedOut`` says that nothing was changed. A limit costs
        no round trip. Of a stream, each batch of rows has the limit.
        """
        if not 0 < seconds <= TIMEOUT_MAX:
            raise ValueError(f"a time limit is a positive number of seconds, not {seconds!r}")
        limited = copy(self)
        limited._timeout = seconds
        return limited

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}{inspect.Signature.__str__(self.__signature__)}>"

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call[Any]:
        if args:
            self.__wrapped__(*args, **kwargs)  # takes none by position: Python's own words for it
        declaration, file, origin, binder, decoder = self._made or self._make()
        if isinstance(binder, Selector):
            return binder.call(kwargs, decoder, self._timeout)
        values = binder.bind(kwargs)
        return Call(origin, file, declaration.cardinality, decoder, values, self._timeout, declaration.errors)

    def _make(self) -> tuple[Declaration, SqlFile, Origin, Binder | Selector, Decoder[Any]]:
        """The parts, made at the first call so that an import pays only for what it uses."""
        declaration, file = self._folder.settled(self.__name__)
        origin = Origin(self.name, file.path, file.first_line)
        is_static = set(file.parameters) == {parameter.name for parameter in declaration.parameters} and not file.parts
        binder = (
            Binder(origin, declaration.function, declaration.parameters, file.parameters)
            if is_static
            else Selector(origin, declaration, file)
        )
        self._made = (declaration, file, origin, binder, Decoder(declaration, origin))
        return self._made


class Query(_Function, Generic[P, R]):
    """A typed function over one ``.sql`` file.

    Called with a psycopg ``Connection`` or ``ConnectionPool`` it returns its result; with an ``AsyncConnection``
    or ``AsyncConnectionPool`` it is awaited. Raises the errors of ``exchange_db.errors``.
    """

    @overload
    def __call__(self, db: SyncDB, /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, db: AsyncDB, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]: ...

    def __call__(self, db: SyncDB | AsyncDB, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        if isinstance(db, _SYNC):
            return run(self._bound(args, kwargs), db)
        check_db(self.name, db)
        return run_async(self._bound(args, kwargs), db)

    def bind(self, *args: P.args, **kwargs: P.kwargs) -> Bound[R]:
        """The function with its arguments, for ``pipeline``. Raises ``InvalidValue`` for a wrong one."""
        return Bound(self._bound(args, kwargs))


class StreamQuery(_Function, Generic[P, T]):
    """A typed stream over one ``.sql`` file: ``with f(db, …) as rows``, or ``async with`` an async connection or pool.

    Rows come in batches over a server-side cursor, so memory stays flat however many there are.
    """

    @overload
    def __call__(self, db: SyncDB, /, *args: P.args, **kwargs: P.kwargs) -> AbstractContextManager[Iterator[T]]: ...
    @overload
    def __call__(
        self, db: AsyncDB, /, *args: P.args, **kwargs: P.kwargs
    ) -> AbstractAsyncContextManager[AsyncIterator[T]]: ...

    def __call__(self, db: SyncDB | AsyncDB, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        check_db(self.name, db)
        call = self._bound(args, kwargs)
        return stream(call, db) if isinstance(db, _SYNC) else stream_async(call, db)


class SqlFolder:
    """The decorator for one folder of ``.sql`` files; ``sql_folder`` makes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files, self._file_faults = load_folder(path)
        self._names: set[str] = set()
        self._declared: dict[str, Declaration] = {}
        self._faults: dict[str, list[Fault]] = {}
        self.functions: list[Query[..., Any] | StreamQuery[..., Any]] = []
        """What the decorator has made, in the order of the module."""

    def __call__(self, function: Callable[P, R]) -> Query[P, R]:
        """Declare the function of ``<its name>.sql``."""
        self._declare(function, stream=False)
        made: Query[P, R] = Query(self, function)
        self.functions.append(made)
        return made

    def raises(self, **errors: type[ExchangeError]) -> Callable[[Callable[P, R]], Query[P, R]]:
        """Declare a function, and what it raises when a row violates the constraint or unique index of a name.

        >>> class EmailTaken(Conflict):
        ...     \"\"\"this e-mail address is already in use\"\"\"
        >>> @query.raises(users_email_key=EmailTaken)
        ... def create_user(*, email: str) -> User: ...

        Each class is derived from the error of the constraint's kind (``Conflict``, ``MissingReference``,
        ``InvalidValue``), which goes on catching it. Its sentence is the constraint's comment, or else its docstring.
        """

        def declare(function: Callable[P, R]) -> Query[P, R]:
            self._declare(function, stream=False, errors=errors)
            made: Query[P, R] = Query(self, function)
            self.functions.append(made)
            return made

        return declare

    def stream(self, function: Callable[P, Iterator[T]]) -> StreamQuery[P, T]:
        """Declare the stream of ``<its name>.sql``."""
        self._declare(function, stream=True)
        made: StreamQuery[P, T] = StreamQuery(self, function)
        self.functions.append(made)
        return made

    def complete(self) -> None:
        """The last line of the module: every file has its function and the other way round.

        Raises ``DeclarationError`` with every fault of the folder and its declarations.
        """
        orphans = [
            Fault(file.path, file.first_line, f"no function is declared for {file.path.name}", self._hint(name))
            for name, file in self._files.items()
            if name not in self._names
        ]
        self._report(orphans)

    def settled(self, name: str) -> tuple[Declaration, SqlFile]:
        """The declaration and file of a function; raises ``DeclarationError`` where its folder has a fault."""
        self._report([])
        return self._declared[name], self._files[name]

    def _declare(
        self, function: Callable[..., Any], *, stream: bool, errors: Mapping[str, type[ExchangeError]] | None = None
    ) -> None:
        if not isinstance(function, FunctionType):
            raise TypeError(f"the decorator goes on a plain function, not on {function!r}")
        name, code = function.__name__, function.__code__
        file = self._files.get(name)
        declaration, faults = read_declaration(function, file, stream=stream)
        faults += wrong_errors(function, errors or {})
        if file is None and not any(fault.path.stem == name for fault in self._file_faults):
            missing = f"{name}: there is no {self.path / name}.sql"
            unclaimed = [stem for stem in self._files if stem not in self._names]
            hint = f"did you mean {match!r}?" if (match := nearest(name, unclaimed)) else "write the file"
            faults.append(Fault(Path(code.co_filename), definition_line(function), missing, hint))
        if name in self._names:
            faults.append(Fault(Path(code.co_filename), definition_line(function), f"{name}: declared twice", None))
        self._names.add(name)
        if declaration is not None:
            self._declared[name] = replace(declaration, errors=errors or {})
        self._faults.setdefault(name, []).extend(faults)

    def _hint(self, name: str) -> str | None:
        match = nearest(name, [declared for declared in self._names if declared not in self._files])
        return f"did you mean {match!r} to be its function?" if match else f"declare `def {name}(*, …)`, or delete it"

    def _report(self, more: list[Fault]) -> None:
        faults = self._file_faults + [fault for each in self._faults.values() for fault in each] + more
        if faults:
            raise DeclarationError(render_faults(faults), faults)


def sql_folder(folder: str | PathLike[str]) -> SqlFolder:
    """The decorator for the functions of a folder of ``.sql`` files, one statement per file.

    A relative folder is beside the module that calls this. Nothing is raised before ``complete()`` (or the first
    call of a function), so that one report shows every fault.
    """
    path = Path(folder)
    if not path.is_absolute():
        frame = inspect.currentframe()
        caller = frame.f_back.f_globals.get("__file__") if frame and frame.f_back else None
        path = Path(caller).resolve().parent / path if caller else Path.cwd() / path
    return SqlFolder(path)
