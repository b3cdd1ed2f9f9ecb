"""A mail server on loopback, senders that die at the worst moments, and brokers that do."""

import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes
from multiprocessing import get_context
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from django.db import connections

from oscar_loyalty.flows import messages_delivered
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.shop import mails
from sandbox.children import HOST, any_free_port
from tests.conftest import answers_ping, missing

#: By fork: a process that lives for one or two mails must start in no time.
_context = get_context("fork")


class MailServer(Sink):
    """What arrived, by the identity of each mail."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope) -> str:
        self.arrived[message_from_bytes(envelope.content)["Message-ID"]] += 1
        return "250 OK"


@contextmanager
def mail_server(settings) -> Iterator[MailServer]:
    """A real SMTP server, and the shop sends by it."""
    kept, port = MailServer(), any_free_port()
    controller = Controller(kept, hostname=HOST, port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, port
    try:
        yield kept
    finally:
        controller.stop()


def generation(journal: Path, *, at: datetime, senders: int, odds: float) -> None:
    """
    Let some processes send what is due; each dies with these odds at any of four points.

    Before it dies it writes into the journal where.
    """
    connections.close_all()
    started = [
        _context.Process(target=_send, args=(journal, at, odds), daemon=True)
        for _sender in range(senders)
    ]
    for sender in started:
        sender.start()
    for sender in started:
        sender.join(60)
        assert sender.exitcode in (0, -signal.SIGKILL)


def _send(journal: Path, at: datetime, odds: float) -> None:
    make_deadly(journal, odds=odds)
    while messages_delivered.run(at=at):
        pass


def make_deadly(journal: Path, *, odds: float, calm: Path | None = None) -> None:
    """
    Let whoever sends in this process, or one forked from it, die with these odds at four points.

    Before that they write down where; while the file `calm` is there, nobody dies.
    """

    def die_perhaps(where: str) -> None:
        if random.SystemRandom().random() < odds and not (calm and calm.exists()):
            with journal.open("a") as lines:
                lines.write(f"{where}\n")
            os.kill(os.getpid(), signal.SIGKILL)

    for module, name in ((messages, "claim"), (mails, "send"), (messages, "mark_sent")):
        setattr(module, name, _deadly(getattr(module, name), name, die_perhaps))


def _deadly(act, name, die_perhaps):
    def acting(*args, **kwargs):
        if name == "send":
            die_perhaps("before send")
        done = act(*args, **kwargs)
        die_perhaps(f"after {name}")
        return done

    return acting


@contextmanager
def redis_of_our_own() -> Iterator["Redis"]:
    """A Redis that a test may stop, wipe and start again."""
    if shutil.which("redis-server") is None:
        missing("needs the program redis-server")
    redis = Redis(any_free_port())
    redis.start()
    try:
        yield redis
    finally:
        redis.stop()


class Redis:
    """It keeps nothing: whoever starts it again finds it wiped."""

    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"redis://{HOST}:{port}/0"
        self._server: subprocess.Popen | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", HOST, "--save", ""]
        self._server = subprocess.Popen([*command, "--appendonly", "no"], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not answers_ping(self.url):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self) -> None:
        if self._server:
            self._server.kill()
            self._server.wait()
        self._server = None


@contextmanager
def silent_broker() -> Iterator["Silent"]:
    """Accepts whoever comes and never says a word."""
    silent = Silent()
    try:
        yield silent
    finally:
        silent.listening.close()


class Silent:
    def __init__(self) -> None:
        self.listening = socket.create_server((HOST, 0))
        self.url = f"redis://{HOST}:{self.listening.getsockname()[1]}/0"
        self.guests: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                guest, _address = self.listening.accept()
            except OSError:
                return
            self.guests.append(guest)
