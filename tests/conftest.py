"""
What every test may ask for: the services that only some machines have.

A missing service skips a test on a developer's machine and fails it where ``CI`` is set: a build
that silently tested less is worse than a red one.
"""

import os
import shutil
import socket
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import settings as hypothesis_settings

# Migrations and the first query are slow at times; a slow example is no bug.
hypothesis_settings.register_profile("loyalty", deadline=None)
hypothesis_settings.load_profile("loyalty")

SERVICES = ("postgres", "redis", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the services that it requires, so that ``-m`` can choose by them."""
    for item in items:
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
