"""Starts workers, kills them at random moments, starts others, and looks at what they left."""

import os
import random
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connections
from django.utils import timezone

from oscar_loyalty.flows import books_audited, due_jobs
from tests import world
from tests.torture import books, unlocked
from tests.torture.acts import Worker

PROCESSES = 16
#: Seconds between two kills, at the most.
GAP = 0.25
ERROR = "ERROR "

#: By fork: a process that is killed every few moments must start in no time.
_context = get_context("fork")


@dataclass
class Outcome:
    """What was done, and what is wrong afterwards; all four at the end must be none."""

    entries: int = 0
    kills: int = 0
    overspent: int = 0
    lost: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return not (self.overspent or self.lost or self.violations or self.errors)


def members(count: int) -> list[int]:
    """New members with a few points; the ids of their accounts."""
    return [world.member().pk for _member in range(count)]


def torture(accounts: list[int], seconds: float, *, processes: int = PROCESSES) -> Outcome:
    """Let so many processes loose on these accounts for so long, and look at the books then."""
    clerk = world.customer().pk
    connections.close_all()
    with TemporaryDirectory(prefix="loyalty-torture-") as folder:
        kills = _let_loose(accounts, clerk, Path(folder), seconds, processes)
        told = list(_told(Path(folder)))
    outcome = Outcome(kills=kills, errors=[line for line in told if line.startswith(ERROR)])
    later = timezone.now() + timedelta(hours=2)
    outcome.errors += _swept(later)
    audit = books_audited.run(at=later)
    outcome.violations = [f"{found.rule}: {found.detail}" for found in audit.violations]
    outcome.violations += books.broken()
    outcome.overspent = books.overspent()
    outcome.lost = books.lost(line for line in told if not line.startswith(ERROR))
    outcome.entries = books.entries()
    return outcome


def _swept(at: datetime) -> list[str]:
    """Run what is due, twice: the second time must find nothing that fails either."""
    jobs = [done for _run in range(2) for done in due_jobs.run(at=at).items()]
    return [f"{ERROR}the job {name!r} failed" for name, answer in jobs if answer is None]


def _let_loose(
    accounts: list[int], clerk: int, folder: Path, seconds: float, processes: int
) -> int:
    """Until the time is over; how many were killed. Those at the end are killed as well."""
    dice, kills, numbers = random.Random(), 0, iter(range(10**9))

    def start() -> BaseProcess:
        journal = folder / f"{next(numbers)}"
        worker = _context.Process(target=_work, args=(accounts, clerk, journal), daemon=True)
        worker.start()
        return worker

    workers = [start() for _process in range(processes)]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(dice.uniform(0, GAP))
        chosen = dice.randrange(processes)
        _kill(workers[chosen])
        workers[chosen] = start()
        kills += 1
    for worker in workers:
        _kill(worker)
    _wait_for_the_server()
    return kills + processes


def _kill(worker: BaseProcess) -> None:
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()


def _wait_for_the_server() -> None:
    """It notices only after a while that a client is gone, and finishes the statement at hand."""
    deadline = time.monotonic() + 60
    with connections["default"].cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                """SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                      AND backend_type = 'client backend'"""
            )
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.1)
    raise TimeoutError("workers that were killed are still in the database")


def _work(accounts: list[int], clerk: int, journal: Path) -> None:
    """One process: at work until it is killed. Written lines outlive it, written or not at all."""
    random.seed()
    if os.environ.get(unlocked.VARIABLE):
        unlocked.take_the_lock_out()
    with journal.open("a", buffering=1) as lines:
        worker = Worker(accounts, clerk, lambda key: lines.write(f"{key}\n"))
        while True:
            try:
                worker.act()
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                lines.write(f"{ERROR}{error!r} at {where.name}\n".replace("\\n", " "))


def _told(folder: Path) -> Iterator[str]:
    for journal in folder.iterdir():
        for line in journal.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                yield line.rstrip("\n")
