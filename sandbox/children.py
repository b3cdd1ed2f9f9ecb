"""Programs that a sandbox command starts beside itself, and takes down with it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 8.0
LAST_WORDS = 15


class StartFailed(RuntimeError):
    """A program did not come up, or did not stay; the message says which and why."""


@dataclass(frozen=True)
class Program:
    name: str
    command: list[str]


@dataclass(frozen=True)
class Child:
    """A running program and the file that it writes to."""

    name: str
    running: subprocess.Popen
    log: Path

    @property
    def has_ended(self) -> bool:
        return self.running.poll() is not None

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LAST_WORDS:])


def server(port: int) -> Program:
    django = [sys.executable, "sandbox/manage.py", "runserver"]
    return Program("server", [*django, "--noreload", f"{HOST}:{port}"])


def worker() -> Program:
    """One worker with the beat inside: the filesystem broker cannot share work between two."""
    celery = [sys.executable, "-m", "celery", "-A", "sandbox", "worker"]
    return Program("worker", [*celery, "-B", "-P", "threads", "-c", "2", "--loglevel", "info"])


@contextlib.contextmanager
def running(*programs: Program, logs: Path) -> Iterator[list[Child]]:
    """The programs as children for as long as the block runs, however it ends."""
    children: list[Child] = []
    try:
        for program in programs:
            children.append(_start(program, logs / f"{program.name}.log"))
        yield children
    finally:
        _stop(children)


def _start(program: Program, log: Path) -> Child:
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches us alone, and we end our children in order.
        running = subprocess.Popen(
            program.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(program.name, running, log)


def _stop(children: list[Child]) -> None:
    for child in children:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        try:
            child.running.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.running.wait()


def _signal(child: Child, number: int) -> None:
    """To the child's whole session: the worker's beat is a process of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.running.pid, number)


def watch(children: list[Child]) -> None:
    """
    Wait for as long as all of them run.

    :raises StartFailed: when one ends.
    """
    while True:
        for child in children:
            if child.has_ended:
                raise StartFailed(f"The {child.name} ended by itself:\n{child.last_words()}")
        time.sleep(0.5)


def wait_for(url: str, child: Child) -> None:
    """
    Return once `url` answers.

    :raises StartFailed: if the child ends first, or nothing answers in time.
    """
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if child.has_ended:
            raise StartFailed(f"The {child.name} did not start:\n{child.last_words()}")
        try:
            urllib.request.urlopen(url, timeout=10).close()  # noqa: S310 - our own server
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    raise StartFailed(f"Nothing answered at {url} in time:\n{child.last_words()}")


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        # As the server itself does, so that connections of a run just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
