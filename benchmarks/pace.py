"""The pace of one operation: each connection is a process of its own, and all start together."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing import get_context
from statistics import median
from typing import Any

from django.db import connection

#: What is done to an account with something new each time; made once in each process.
Way = Callable[[], Callable[[int, Any], object]]
#: Ever new things to do; the stream's name keeps them apart from others'.
Source = Callable[[str], Iterator[Any]]

CONNECTIONS = 8


def latency(way: Way, source: Source, members: int, seconds: float) -> float:
    """The median time of one, alone on the server."""
    (times,) = taken(way, source, members, seconds, connections=1)
    return median(times)


def rate(way: Way, source: Source, members: int, seconds: float) -> float:
    """How many per second all connections do together."""
    times = taken(way, source, members, seconds, connections=CONNECTIONS)
    return sum(map(len, times)) / seconds


def taken(
    way: Way, source: Source, members: int, seconds: float, *, connections: int
) -> list[list[float]]:
    """What each one took, by connection."""
    connection.close()
    stream = f"{time.time_ns()}"
    context = get_context("fork")
    start = context.Barrier(connections)
    with context.Pool(connections, initializer=_remember, initargs=(start,)) as pool:
        jobs = [
            (way, source, members, seconds, f"{stream}-{place}") for place in range(connections)
        ]
        return pool.starmap(_go_on_for, jobs, chunksize=1)


def _remember(start) -> None:
    global _start
    _start = start


def _go_on_for(way: Way, source: Source, members: int, seconds: float, stream: str) -> list[float]:
    act, things, times = way(), source(stream), []
    place = int(stream.rpartition("-")[2])
    _start.wait()
    end = time.perf_counter() + seconds
    for step in count():
        before = time.perf_counter()
        if before > end:
            return times
        # A stride that walks over all members before it meets one again.
        act((place * 1_237 + step * 7_919) % members + 1, next(things))
        times.append(time.perf_counter() - before)
    return times
