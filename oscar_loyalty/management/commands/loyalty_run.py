"""`manage.py loyalty_run`: do everything that is due, for cron or by hand."""

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from oscar_loyalty.flows import due_jobs
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

    def handle(self, *args: Any, **options: Any) -> None:
        results = due_jobs.run(at=timezone.now())
        # What has just become due goes out at once, also where no worker runs.
        results["messages looked at"] = _deliver()
        for name, changed in results.items():
            self.stdout.write(f"{name}: {'failed, see the log' if changed is None else changed}")
        if None in results.values():
            raise CommandError("Some jobs failed; they will be tried again next time.")
