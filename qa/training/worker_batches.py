"""Batches made by other processes, ahead of the step that wants them.

A GPU takes a step sooner than one processor can put its batch together. The batches are those that the stream itself would make:
each chunk is a function of the seed and its number.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from qa.training.data import Batch, BatchStream
from qa.training.errors import TrainingError

__all__ = ["worker_batches"]

_streams: list[BatchStream] = []  # of this process, where it is a worker


@contextmanager
def worker_batches(streams: Sequence[BatchStream], workers: int) -> Iterator[None]:
    """While inside, have the batches of ``streams`` made by so many processes; by this one where ``workers`` is 0.

    The processes are forked at once, with the data as they are: enter before a GPU is used.

    Raises
    ------
    TrainingError
        The system cannot fork, or one of the processes was ended from outside.
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
        pool.submit(_begin, ())  # forks all of them
        ahead = -(-workers // len(streams))
        for number, stream in enumerate(streams):
            stream.made_by = _Ahead(pool, number, ahead).batches
        try:
            yield
        except BrokenProcessPool as error:
            raise TrainingError("a process that makes batches was ended; is memory short?") from error
        finally:
            for stream in streams:
                stream.made_by = stream.batches
            pool.shutdown(cancel_futures=True)


def _begin(streams: Sequence[BatchStream]) -> None:
    _streams.extend(streams)


def _made(number: int, chunk: int) -> list[Batch]:
    return _streams[number].batches(chunk)


class _Ahead:
    """The chunks of one stream that are being made: the one wanted, and so many after it."""

    def __init__(self, pool: Executor, number: int, ahead: int) -> None:
        self._pool, self._number, self._ahead = pool, number, ahead
        self._coming: dict[int, Future[list[Batch]]] = {}

    def batches(self, chunk: int) -> list[Batch]:
        """The batches of a chunk, and the next chunks ordered."""
        wanted = range(chunk, chunk + 1 + self._ahead)
        self._coming = {
            one: self._coming.get(one) or self._pool.submit(_made, self._number, one) for one in wanted
        }
        return self._coming.pop(chunk).result()
