"""``python -m benchmarks [award] [redeem] …``; README.md says which, and what may be set."""

import os
import sys

import django

KINDS = (
    "award",
    "redeem",
    "reports",
    "expiry",
    "growth",
    "backfill",
    "coupons",
    "post",
    "searches",
    "simulator",
    "warnings",
    "winback",
)


def main(wanted: list[str]) -> None:
    """Run the named benchmarks, all when none is named. Missed targets are printed, no error."""
    if unknown := set(wanted) - set(KINDS):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; name some of {KINDS}.")
    if "DATABASE_URL" not in os.environ:
        sys.exit("These figures are about PostgreSQL: python -m tests.postgres -- ...")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from benchmarks import (
        award,
        backfill,
        coupons,
        database,
        expiry,
        growth,
        post,
        redeem,
        reports,
        searches,
        simulator,
        warned,
        winback,
    )
    from benchmarks.report import show

    rows, seconds = int(os.environ.get("ROWS", "1000000")), float(os.environ.get("SECONDS", "3"))
    members = int(os.environ.get("MEMBERS", "1000000"))
    orders = int(os.environ.get("ROWS", "100000"))
    minted = int(os.environ.get("COUPONS", "20000"))
    kinds = {
        "award": lambda: award.measure(seconds),
        "redeem": lambda: redeem.measure(seconds),
        "reports": lambda: reports.measure(rows),
        "expiry": lambda: expiry.measure(members),
        "growth": lambda: growth.measure(rows),
        "backfill": backfill.measure,
        "winback": lambda: winback.measure(members),
        "coupons": lambda: coupons.measure(minted),
        "post": lambda: post.measure(members, seconds),
        "searches": lambda: searches.measure(members),
        "simulator": lambda: simulator.measure(orders),
        "warnings": lambda: warned.measure(members),
    }
    with database.fresh():
        for name in wanted or KINDS:
            show(kinds[name]())


if __name__ == "__main__":
    main(sys.argv[1:])
