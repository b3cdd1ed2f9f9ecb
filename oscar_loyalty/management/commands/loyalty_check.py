"""`manage.py loyalty_check`: audit the books. Exit 0 in order, 1 violated, 2 could not check."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error
from django.utils import timezone

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import books_audited


class Command(BaseCommand):
    help = "Audit the books without changing them. Exits 0 if all is right, 1 if not, 2 if unable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", type=int, help="Only the account with this id.")
        parser.add_argument("--json", action="store_true", help="Print the findings for machines.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            audit = books_audited.run(at=timezone.now(), account_id=options["account"])
        except Error as error:
            self.stderr.write(f"The books could not be read: {error}")
            sys.exit(2)
        except LoyaltyError as refused:
            self.stderr.write(str(refused))
            sys.exit(2)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(audit)))
        else:
            self._print(audit)
        if audit.violations:
            sys.exit(1)

    def _print(self, audit: books_audited.Audit) -> None:
        for violation in audit.violations:
            account = f"account {violation.account_id}: " if violation.account_id else ""
            self.stdout.write(f"VIOLATED {violation.rule}: {account}{violation.detail}")
        self.stdout.write(
            f"{audit.members} members, {audit.orders} orders, {len(audit.violations)} violations"
        )
