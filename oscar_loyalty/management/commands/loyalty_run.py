"""`manage.py loyalty_run`: do everything that is due, for cron or by hand."""

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from oscar_loyalty.flows import due_jobs, sales_counted
from oscar_loyalty.tasks import deliver_messages

logger = logging.getLogger("oscar_loyalty")


def _deliver() -> int | None:
    try:
        looked_at: int = deliver_messages()
    except Exception:
        logger.exception("loyalty: the messages were not sent")
        return None
    return looked_at


class Command(BaseCommand):
    help = "Do every due job once. Safe to run at any time, and twice at the same time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--recount",
            action="store_true",
            help="First count all orders anew for the reports; until that is done they wait.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["recount"]:
            self.stdout.write(f"orders counted anew: {sales_counted.run_anew(at=timezone.now())}")
        results = due_jobs.run(at=timezone.now())
        # What has just become due goes out at once, also where no worker runs.
        results["messages looked at"] = _deliver()
        for name, changed in results.items():
            self.stdout.write(f"{name}: {'failed, see the log' if changed is None else changed}")
        if None in results.values():
            raise CommandError("Some jobs failed; they will be tried again next time.")
