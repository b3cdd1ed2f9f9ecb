"""`manage.py loyalty_uninstall`: take out of the database what would break Oscar later."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from oscar_loyalty.flows import removed

WARNING = (
    "This deletes our tables with every member, point and tier, for good. "
    "`manage.py dumpdata oscar_loyalty` keeps a copy."
)


class Command(BaseCommand):
    help = (
        "Remove our offers, conditions and benefits from Oscar, and our tables from the database. "
        "Run it right before removing the app."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument(
            "--keep-tables",
            action="store_true",
            help=(
                "Leave our tables. Without the app the database then refuses to delete customers, "
                "products, categories and ranges that they name. While the app is still in, a due "
                "job or a saved tier brings the offers back."
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["keep_tables"]:
            self._confirm(options["yes"])
        for kind, count in removed.run().items():
            self.stdout.write(f"{kind}: {count} removed")
        if options["keep_tables"]:
            self.stdout.write("Now take oscar_loyalty out of INSTALLED_APPS, settings and URLs.")
            return
        call_command("migrate", "oscar_loyalty", "zero", verbosity=0)
        self.stdout.write(
            "Now take oscar_loyalty out of INSTALLED_APPS, settings and URLs, at once: until "
            "then the shop can sell, but not delete customers, products or offers."
        )

    def _confirm(self, yes: bool) -> None:
        self.stdout.write(WARNING)
        if yes:
            return
        try:
            answer = input("Type yes to go on: ")
        except EOFError:
            answer = ""
        if answer != "yes":
            raise CommandError("Nothing was removed.")
