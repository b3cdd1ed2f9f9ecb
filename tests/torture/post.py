"""Many orders and birthdays, workers that are killed, a broker that is stopped: nothing is lost."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection
from django.utils import timezone

from oscar_loyalty import defaults
from oscar_loyalty.models import Account, DailySearch, Message
from sandbox.celery import app
from sandbox.children import ROOT
from tests import world
from tests.birthdays import celebrated, guests
from tests.mailing import switch_on
from tests.post_office import Presents, Redis, mail_server, presents_of, redis_of_our_own

#: Everybody's birthday is today.
MEMBERS = 100
#: Who dies at each point; low enough for none to be given up after eight deaths.
ODDS = 0.07
#: After so many orders each: the broker is stopped or started again, and a worker is killed.
OUTAGE, RESTART = 40, 120
PATIENCE = 180


@dataclass(frozen=True)
class Post:
    """What was caused and what arrived."""

    orders: int
    kills: int
    outages: int
    lost: int
    doubled: int
    died_after_sending: int
    presents: Presents

    @property
    def is_right(self) -> bool:
        """Only who dies after the mail server took the mail leaves it to be sent again."""
        mails_are_right = not self.lost and self.doubled == self.died_after_sending
        return mails_are_right and self.presents == Presents(0, 0, 0)


def under_fire(orders: int) -> Post:
    """Place so many orders of members, and wait for the thanks and the presents for each."""
    switch_on("thank-you")
    celebrated()
    members = guests(MEMBERS)
    with (
        TemporaryDirectory(prefix="loyalty-post-") as folder,
        mail_server(settings) as mails,
        redis_of_our_own() as redis,
    ):
        here = Path(folder)
        (here / "deaths").touch()
        restarts, outages = _place(orders, members, here, redis)
        deaths = (here / "deaths").read_text().split("\n")[:-1]
    return Post(
        orders=orders,
        kills=len(deaths) + restarts,
        outages=outages,
        lost=orders + len(members) - len(mails.arrived),
        doubled=mails.arrived.total() - len(mails.arrived),
        died_after_sending=deaths.count("after send"),
        presents=presents_of(members, mails, at=timezone.now()),
    )


def _place(orders: int, members: list[Account], here: Path, redis: Redis) -> tuple[int, int]:
    """How many workers were killed, and how often the broker was; the last of each lives on."""
    app.conf.update(
        broker_url=redis.url,
        broker_transport_options=defaults.CELERY_BROKER_TRANSPORT_OPTIONS,
        task_publish_retry_policy=defaults.CELERY_TASK_PUBLISH_RETRY_POLICY,
    )
    item = world.product("5.00")
    outages, is_up = 0, True
    workers = [_start(here, redis.url)]
    try:
        for number in range(1, orders + 1):
            world.place(members[number % len(members)].user, products=[item])
            if number % OUTAGE == 0:
                redis.stop() if is_up else redis.start()
                outages, is_up = outages + is_up, not is_up
            if number % RESTART == 0:
                # Its children finish what they have in hand and go; its clock goes on.
                workers[-1].kill()
                workers.append(_start(here, redis.url))
        if not is_up:
            redis.start()
        (here / "calm").touch()
        _wait_until_all_is_settled()
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    return len(workers) - 1, outages


def _start(here: Path, broker: str) -> subprocess.Popen:
    celery = [sys.executable, "-m", "celery", "-A", "tests.torture.deadly_worker", "worker"]
    schedule = here / f"beat-{time.monotonic_ns()}"
    told = {
        "DATABASE_URL": _database_url(),
        "LOYALTY_POST_BROKER": broker,
        "LOYALTY_POST_FOLDER": str(here),
        "LOYALTY_POST_ODDS": str(ODDS),
        "LOYALTY_POST_PORT": str(settings.EMAIL_PORT),
    }
    with (here / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [*celery, "-B", "-c", "3", "-s", str(schedule), "--loglevel", "error"],
            cwd=ROOT,
            env={**os.environ, **told},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _database_url() -> str:
    """The database that is open here."""
    base, _slash, query = os.environ["DATABASE_URL"].partition("?")
    url = f"{base.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    return f"{url}?{query}" if query else url


def _wait_until_all_is_settled() -> None:
    end = time.monotonic() + PATIENCE
    while not DailySearch.objects.filter(name="birthday").exists() or _is_open():
        if time.monotonic() > end:
            return
        time.sleep(0.5)


def _is_open() -> bool:
    return Message.objects.filter(state__in=Message.OPEN).exists()
