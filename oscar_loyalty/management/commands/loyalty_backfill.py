"""`manage.py loyalty_backfill`: award the orders a shop already has."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

import click
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import backfill
from oscar_loyalty.shop import money


class Command(BaseCommand):
    help = "Run the programme over the orders the shop already has. Running again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", help="Only orders placed on or after this day (YYYY-MM-DD).")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen.")
        parser.add_argument("--json", action="store_true", help="Print the summary for machines.")

    def handle(self, *args: Any, **options: Any) -> None:
        since = _day(options["since"]) if options["since"] is not None else None
        try:
            summary = self._run(since, dry_run=options["dry_run"], quiet=options["json"])
        except LoyaltyError as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(asdict(summary), default=str))
        else:
            self._print(summary, dry_run=options["dry_run"])

    def _run(self, since: date | None, *, dry_run: bool, quiet: bool) -> backfill.Summary:
        wanted = {"at": timezone.now(), "since": since, "dry_run": dry_run}
        if quiet:
            return backfill.run(**wanted)
        # The bar is drawn over itself in one line.
        self.stderr.ending, self.stderr.style_func = "", None
        with click.progressbar(length=0, label="Orders", file=self.stderr) as bar:

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            return backfill.run(**wanted, progress=show)

    def _print(self, summary: backfill.Summary, *, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write("Dry run: nothing was changed. The programme would stand like this.")
        self.stdout.write(f"Members: {summary.members}")
        self.stdout.write(f"Orders: {summary.orders} ({summary.orders_awarded} of them now)")
        self.stdout.write(f"Points: {summary.points} ({summary.points_awarded} of them now)")
        for name, members in summary.tiers.items():
            self.stdout.write(f"{name or 'No tier'}: {members}")
        liability = money.formatted(summary.liability, summary.currency)
        self.stdout.write(f"Liability: {liability}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is not a day; write it as 2026-01-31.") from error
