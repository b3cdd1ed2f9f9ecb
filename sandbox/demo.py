"""
The demo shop in one command: ``python -m sandbox.demo``.

Makes and fills the database where that has not been done, starts the shop and one background
worker, and ends both on Ctrl-C.
"""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from sandbox import children

DEFAULT_PORT = "8000"
PASTS = {"Alice": "Gold", "Bob": "new, no orders yet", "Dora": "Silver, on the way to Gold"}
WELCOME = """
  The shop is open      {url}/
  How points work       {url}/loyalty/
  My loyalty            {url}/accounts/loyalty/
  Oscar's dashboard     {url}/dashboard/
  Its loyalty pages     {url}/dashboard/loyalty/
  Programme, members    {url}/admin/
  Mails that were sent  {url}/demo/mails/

  Log-ins
{people}

  All that the shop writes is in {var}
  Ctrl-C closes the shop.
"""


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        port = _port()
        prepare()
        _open(port)
    except children.StartFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe shop is closed.")
    return 0


def prepare() -> None:
    """Bring the database up to date and fill the shop; both only where needed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    if _migrations_wait():
        print("Making the database (once, less than a minute) ...", flush=True)
        call_command("migrate", verbosity=0)
    call_command("populate_shop")
    connections.close_all()


def _migrations_wait() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """A request to end is the same as Ctrl-C: the children go first."""
    raise KeyboardInterrupt


def _port() -> int:
    wish = os.environ.get("PORT") or DEFAULT_PORT
    if not wish.isdecimal() or not 0 < int(wish) < 65536:
        raise children.StartFailed(f"PORT must be a number from 1 to 65535, not “{wish}”.")
    port = int(wish)
    if not children.is_free(port):
        raise children.StartFailed(
            f"Port {port} on {children.HOST} is taken, perhaps by a demo that still runs. "
            f"End that program, or choose another port: PORT={port + 1} make demo"
        )
    return port


def _open(port: int) -> None:
    from django.conf import settings

    url = f"http://{children.HOST}:{port}"
    programs = (children.server(port), children.worker())
    with children.running(*programs, logs=settings.VAR) as started:
        children.wait_for(f"{url}/", started[0])
        print(WELCOME.format(url=url, people=_log_ins(), var=settings.VAR), flush=True)
        children.watch(started)


def _log_ins() -> str:
    from sandbox.shop import people

    lines = [
        f"  {people.STAFF_EMAIL:<20}  {people.STAFF_PASSWORD:<12}  staff",
        f"  {people.CLERK_EMAIL:<20}  {people.CLERK_PASSWORD:<12}  staff who ask for corrections",
    ]
    for shopper in people.SHOPPERS:
        past = PASTS[shopper.first_name]
        lines.append(f"  {shopper.email:<20}  {shopper.password:<12}  {past}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
