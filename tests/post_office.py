"""A mail server on loopback, senders that die at the worst moments, and brokers that do."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default as modern
from multiprocessing import get_context
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from django.db import connections
from oscar.core.loading import get_model

from oscar_loyalty.flows import (
    birthdays_found,
    coupon_given,
    messages_delivered,
    presents_given,
)
from oscar_loyalty.models import Account
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.shop import mails
from sandbox.children import HOST, any_free_port
from tests.conftest import answers_ping, missing

#: By fork: a process that lives for one or two mails must start in no time.
_context = get_context("fork")


_CODE = re.compile(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}\b")


class MailServer(Sink):
    """What arrived, by the identity of each mail; the codes in them, by their readers."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.codes: dict[str, set[str]] = defaultdict(set)

    async def handle_DATA(self, server, session, envelope) -> str:
        mail = message_from_bytes(envelope.content, policy=modern)
        self.arrived[str(mail["Message-ID"])] += 1
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                self.codes[envelope.rcpt_tos[0]].update(_CODE.findall(part.get_content()))
        return "250 OK"


@dataclass(frozen=True)
class Presents:
    """Of members who should have a coupon each: without one, codes too many, told another one."""

    lost: int
    doubled: int
    untrue: int


def presents_of(members: Collection[Account], told: MailServer, *, at: datetime) -> Presents:
    """Whether each has one coupon that is good, and was told of it, and no voucher is left over."""
    good = {
        member.user.email: [
            coupon.voucher.code for coupon in coupons_queries.spendable(member.pk, at=at)
        ]
        for member in members
    }
    having = sum(map(bool, good.values()))
    return Presents(
        lost=len(members) - having,
        doubled=get_model("voucher", "Voucher").objects.count() - having,
        untrue=sum(told.codes[address] != set(codes) for address, codes in good.items()),
    )


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
    Let some processes celebrate birthdays and send what is due; each may die, with these odds.

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
    birthdays_found.run(at=at)
    while messages_delivered.run(at=at):
        pass


def make_deadly(journal: Path, *, odds: float, calm: Path | None = None) -> None:
    """
    Let whoever works in this process, or one forked from it, die with these odds.

    Who sends may at four points, who gives coupons at two: some are committed then, others written.
    Before that they write down where; while the file `calm` is there, nobody dies.
    """
    # So that there are many transactions to die in and between.
    birthdays_found.CHUNK = 2

    def die_perhaps(where: str) -> None:
        if random.SystemRandom().random() < odds and not (calm and calm.exists()):
            with journal.open("a") as lines:
                lines.write(f"{where}\n")
            os.kill(os.getpid(), signal.SIGKILL)

    for module, name in (
        (messages, "claim"),
        (mails, "send"),
        (messages, "mark_sent"),
        (presents_given, "lock"),
        (coupon_given, "deliver_many"),
    ):
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
