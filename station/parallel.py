"""The same work on many files, on several cores: answers in the order asked, never more than a few of them waiting."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from station.errors import StationError
from station.words import say

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WAITING = 4  # answers that may wait for each process: enough to keep it busy, few enough to keep memory flat


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(work: Callable[[Item], Answer], items: Iterable[Item], jobs: int) -> Iterator[tuple[Item, Answer]]:
    """(item, work(item)) in the order of the items; with one job in this process. `work` is a function of a module.

    What `work` raises is raised here. Left early (an error, Ctrl-C), nothing new is begun. Raises StationError when a process was ended
    from outside.
    """
    if jobs <= 1:
        for item in items:
            yield item, work(item)
        return
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _leave_ctrl_c_to_the_parent)
    try:
        yield from _through(pool, work, items, jobs * WAITING)
    except BrokenProcessPool as error:
        raise StationError(say("parallel.ended"), say("parallel.ended.do")) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _through(pool: ProcessPoolExecutor, work: Callable[[Item], Answer], items: Iterable[Item], most: int) -> Iterator[tuple[Item, Answer]]:
    waiting: deque[tuple[Item, Future[Answer]]] = deque()
    for item in items:
        waiting.append((item, pool.submit(work, item)))
        if len(waiting) >= most:
            first, answer = waiting.popleft()
            yield first, answer.result()
    for item, answer in waiting:
        yield item, answer.result()


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
