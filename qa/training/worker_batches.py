"""Batches made by other processes, ahead of the step that wants them.

A GPU takes a step sooner than one processor can put its batch together. The batches are those that the stream itself would make:
each chunk is a function of the seed and its number.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager

from qa.training.data import Batch, BatchStream
from qa.training.errors import TrainingError

__all__ = ["worker_batches"]

_AHEAD = 2  # chunks of each stream that are made before they are wanted
_streams: list[BatchStream] = []  # of this process, where it is a worker


@contextmanager
def worker_batches(streams: Sequence[BatchStream], workers: int) -> Iterator[None]:
    """While inside, have the batches of ``streams`` made by so many processes; by this one where ``workers`` is 0.

    The processes are forked at once, with the data as they are: enter before a GPU is used.

    Raises
    ------
    TrainingError
        The system cannot fork.
    """
    if workers < 0:
        raise ValueError(f"the number of workers must be 0 or more, got {workers}")
    if not workers:
        yield
        return
    if "fork" not in multiprocessing.get_all_start_methods():
        raise TrainingError("--workers: this system cannot fork processes; leave it out")
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(streams,)) as pool:
        ahead = [_Ahead(pool, number, stream.chunk) for number, stream in enumerate(streams)]
        for stream, one in zip(streams, ahead, strict=True):
            stream.made_by = one.batches
        try:
            yield
        finally:
            for stream in streams:
                stream.made_by = stream.batches
            pool.shutdown(cancel_futures=True)


def _begin(streams: Sequence[BatchStream]) -> None:
    _streams[:] = streams


def _made(number: int, chunk: int) -> list[Batch]:
    return _streams[number].batches(chunk)


class _Ahead:
    """The chunks of one stream that are being made."""

    def __init__(self, pool: Executor, number: int, chunk: int) -> None:
        self._pool, self._number = pool, number
        self._coming: dict[int, Future[list[Batch]]] = {}
        self._order(chunk)

    def batches(self, chunk: int) -> list[Batch]:
        """The batches of a chunk, and the next chunks ordered."""
        self._order(chunk)
        return self._coming.pop(chunk).result()

    def _order(self, chunk: int) -> None:
        wanted = range(chunk, chunk + _AHEAD)
        self._coming = {
            one: self._coming.get(one) or self._pool.submit(_made, self._number, one) for one in wanted
        }
