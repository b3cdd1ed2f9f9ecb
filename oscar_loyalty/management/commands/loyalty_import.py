"""`manage.py loyalty_import FILE`: members bring their balances from another system."""

from pathlib import Path
from typing import Any

import click
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import balances_brought
from oscar_loyalty.flows.balances_brought import Summary


class Command(BaseCommand):
    help = (
        "Give members the balances of a CSV file with the columns member (e-mail address, user "
        "name or id), points, and optionally expires (the last day) and note: all of them, or "
        "none if any line is wrong. The same file again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="The file, in UTF-8.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = Path(options["file"]).read_bytes()
            summary = self._run(content, dry_run=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from error
        except LoyaltyError as refused:
            raise CommandError(str(refused)) from refused
        for fault in summary.faults:
            self.stdout.write(f"Line {fault.line}: {fault.words}")
        if summary.faults:
            raise CommandError(f"Nothing was brought; faults: {len(summary.faults)}.")
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was changed.")
        self.stdout.write(f"Members: {summary.members}")
        self.stdout.write(f"Points: {summary.points}")
        self.stdout.write(f"Brought before: {summary.known}")

    def _run(self, content: bytes, *, dry_run: bool) -> Summary:
        # The bar is drawn over itself in one line.
        self.stderr.ending, self.stderr.style_func = "", None
        with click.progressbar(length=0, label="Members", file=self.stderr) as bar:

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            return balances_brought.run(
                content,
                actor="command:loyalty_import",
                actor_id=None,
                at=timezone.now(),
                dry_run=dry_run,
                progress=show,
            )
