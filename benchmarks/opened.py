"""Peers are context managers, synchronous and not: here both are opened side by side, and closed together."""

from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.lab import Lab

__all__ = ["Opener", "opener"]

T = TypeVar("T")


@dataclass(frozen=True)
class Opener:
    """Opens what stays open until the block ends."""

    lab: Lab
    stack: ExitStack
    async_stack: AsyncExitStack

    def open(self, peer: AbstractContextManager[T]) -> T:
        return self.stack.enter_context(peer)

    def open_async(self, peer: AbstractAsyncContextManager[T]) -> T:
        """In the event loop of the lab."""

        async def enter() -> T:
            return await self.async_stack.enter_async_context(peer)

        return self.lab.runner.run(enter())


@contextmanager
def opener(lab: Lab) -> Generator[Opener]:
    """A block in which peers are open."""
    async_stack = AsyncExitStack()
    try:
        with ExitStack() as stack:
            yield Opener(lab, stack, async_stack)
    finally:
        lab.runner.run(async_stack.aclose())
