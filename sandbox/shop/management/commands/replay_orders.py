"""Turns a CDNOW file into customers and orders at their own dates, and backfills them."""

from argparse import ArgumentTypeError
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils import timezone

from oscar_loyalty.models import Programme
from sandbox.replay import cdnow, orders


class Command(BaseCommand):
    help = (
        "Import a CDNOW file (CDNOW_sample.txt or CDNOW_master.txt), one order a line, and run "
        "the loyalty programme over it. Running it again imports nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="The CDNOW file.")
        parser.add_argument("--limit", type=_count, help="Import only the first LIMIT orders.")

    def handle(self, *, file: Path, limit: int | None, **options: object) -> None:
        purchases = _read(file)[:limit]
        if not Programme.objects.exists():
            call_command("loyalty_setup", stdout=self.stdout)
        programme = Programme.objects.get()
        new = _written(purchases, programme)
        self.stdout.write(
            f"{len(purchases)} orders read: {new.orders} imported, for {new.customers} new "
            f"customers; {len(purchases) - new.orders} were in the shop already."
        )
        call_command("loyalty_backfill", stdout=self.stdout)


def _read(file: Path) -> list[cdnow.Purchase]:
    programme = Programme.objects.first()
    zone = ZoneInfo(programme.time_zone if programme else settings.TIME_ZONE)
    # Orders are placed at noon: before noon, today's is still in the future.
    last_noon = timezone.now().astimezone(zone) - timedelta(hours=12)
    try:
        return cdnow.read(file, today=last_noon.date())
    except cdnow.BrokenFile as broken:
        raise CommandError(f"{file}: {broken}. Nothing was imported.") from broken


def _written(purchases: list[cdnow.Purchase], programme: Programme) -> orders.Imported:
    zone = ZoneInfo(programme.time_zone)
    try:
        return orders.write(purchases, currency=programme.currency, zone=zone)
    except IntegrityError as error:
        raise CommandError(
            "The same orders were being written by another import. Nothing was imported; "
            "run this again when the other has ended."
        ) from error


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("must be a whole number from 1")
    return int(text)
