"""
What every test may ask for: people, and the services that only some machines have.

Alice is Gold, Bob is new, Charlie is no member.

A missing service skips a test on a developer's machine and fails it where ``CI`` is set: a build
that silently tested less is worse than a red one.
"""

import gc
import os
import shutil
import socket
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.signals import template_rendered
from django.utils import timezone
from django_webtest import DjangoTestApp, WebTestMixin
from hypothesis import settings as hypothesis_settings

from oscar_loyalty.flows import books_audited
from tests import quick_postgres, sampling, world

# Migrations and the first query are slow at times; a slow example is no bug.
hypothesis_settings.register_profile("loyalty", deadline=None)
hypothesis_settings.load_profile("loyalty")

SERVICES = ("postgres", "redis", "browser")


class Pages(DjangoTestApp):
    """Reads pages that forget each other."""

    def do_request(self, *args, **kwargs):
        """
        Stop listening for templates afterwards.

        django-webtest never does: each page that is not yet collected would take copies of all
        that later ones render, until a worker of the suite spends its time collecting garbage.
        """
        listening = list(template_rendered.receivers)
        try:
            return super().do_request(*args, **kwargs)
        finally:
            template_rendered.receivers = listening


WebTestMixin.app_class = Pages


def pytest_collection_finish() -> None:
    """What is imported by now stays: looking for garbage in it takes a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with the services that it requires, so that ``-m`` can choose by them."""
    if sampling.FEWER_CASES:
        left_out = set(sampling.all_but_every_fourth_case(items))
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if "functional" in item.path.parts:
            item.add_marker("pages")
        for service in SERVICES:
            if f"require_{service}" in getattr(item, "fixturenames", ()):
                item.add_marker(service)


def missing(reason: str) -> NoReturn:
    """Skip for want of a service, or fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (CI must have it)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def require_postgres() -> None:
    """Run only on PostgreSQL."""
    if connection.vendor != "postgresql":
        missing("needs PostgreSQL: run `python -m tests.postgres -- pytest`")


@pytest.fixture(scope="session")
def require_redis() -> str:
    """Run only if the broker's Redis answers; gives its URL."""
    url = settings.CELERY_BROKER_URL
    if not answers_ping(url):
        missing(f"needs Redis at {url}")
    return url


@pytest.fixture(scope="session")
def require_browser() -> str:
    """Run only with Chromium installed; gives the path of its program."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("needs Chromium on the PATH")
    return program


def answers_ping(url: str) -> bool:
    """Ask a Redis server whether it is there; a server that wants a password is there too."""
    address = urlsplit(url)
    if address.scheme != "redis":
        return False
    try:
        place = (address.hostname or "127.0.0.1", address.port or 6379)
        with socket.create_connection(place, timeout=2) as connected:
            connected.sendall(b"PING\r\n")
            return connected.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False


# ---------------------------------------------------------------- Alice, Bob and Charlie


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """A rolled back test leaves its terms in the cache, of which no signal tells."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        quick_postgres.flush_by_delete()


@pytest.fixture(autouse=True, scope="module")
def _no_dead_rows(django_db_blocker):
    yield
    if connection.connection:
        with django_db_blocker.unblock():
            quick_postgres.clear_dead_rows()


@pytest.fixture
def programme(db):
    return world.programme()


@pytest.fixture
def ladder(programme):
    """Silver from £100 and Gold from £300, with one and a half and twice the points."""
    return [
        world.tier("Silver", 1, "100", multiplier="1.50"),
        world.tier("Gold", 2, "300", multiplier="2.00"),
    ]


@pytest.fixture
def silver(programme):
    """Silver from £100, with one and a half times the points."""
    return world.tier("Silver", 1, "100", multiplier="1.50")


@pytest.fixture
def bob(programme):
    return world.customer("bob")


@pytest.fixture
def alice(ladder):
    """Gold by an order of £300 that earned 300 points."""
    made = world.customer("alice")
    world.place(made, "300.00", number="alice-first")
    return made


@pytest.fixture
def charlie(programme):
    made = world.customer("charlie")
    world.forget_membership(made)
    return made


@pytest.fixture
def clean_books(db):
    """Whatever the test does, the books are right after it."""
    yield
    assert books_audited.run(at=timezone.now()).violations == []
