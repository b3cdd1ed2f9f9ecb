"""
``python -m tests.torture [--control | --post]`` on the PostgreSQL in DATABASE_URL.

For DURATION seconds points are moved, a third of the time each over one account, three, and fifty;
then ORDERS orders are thanked for by mail, and birthdays celebrated with coupons. Exits 1 if
anything was overspent, lost, doubled or violated. ``--control`` takes the account's lock out, for
ten seconds: then it has to fail; ``--post`` only sends mails.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django

ACCOUNTS = (1, 3, 50)
CONTROL_SECONDS = 10
NAME = "oscar_loyalty_torture"


def main(arguments: list[str]) -> int:
    """Print what came of it, line by line; the exit code."""
    if "DATABASE_URL" not in os.environ:
        sys.exit("This is about PostgreSQL: python -m tests.postgres -- ...")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from tests import world
    from tests.torture import unlocked

    control = "--control" in arguments
    seconds = float(os.environ.get("DURATION") or "600")
    if control:
        os.environ[unlocked.VARIABLE] = "1"
    rounds = [(1, CONTROL_SECONDS)] if control else [(few, seconds / 3) for few in ACCOUNTS]
    if "--post" in arguments:
        rounds = []
    with _empty_shop():
        world.programme(redeemable=True)
        # A list: a round that goes wrong does not keep the others from being seen.
        right = [_round(accounts, length) for accounts, length in rounds]
        if not control:
            right.append(_post(int(os.environ.get("ORDERS") or "1000")))
    return 0 if all(right) else 1


def _round(accounts: int, seconds: float) -> bool:
    from tests.torture.supervisor import PROCESSES, members, torture

    print(f"{PROCESSES} processes, {accounts} accounts, {seconds:.0f} s ...", flush=True)
    outcome = torture(members(accounts), seconds)
    print(
        f"  entries {outcome.entries}, kills {outcome.kills}, overspent {outcome.overspent}, "
        f"lost {len(outcome.lost)}, violations {len(outcome.violations)}, "
        f"errors {len(outcome.errors)}"
    )
    for line in (*outcome.lost[:5], *outcome.violations[:10], *outcome.errors[:10]):
        print(f"  {line}")
    return outcome.is_right


def _post(orders: int) -> bool:
    from tests.torture.post import under_fire

    print(f"{orders} orders are thanked for ...", flush=True)
    post = under_fire(orders)
    print(
        f"  orders {post.orders}, kills {post.kills}, the broker stopped and wiped {post.outages} "
        f"times, lost {post.lost}, mails doubled {post.doubled} by {post.died_after_sending} "
        f"deaths after sending, coupons lost {post.presents.lost}, doubled "
        f"{post.presents.doubled}, mails with another's code {post.presents.untrue}"
    )
    return post.is_right


@contextmanager
def _empty_shop() -> Iterator[None]:
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
