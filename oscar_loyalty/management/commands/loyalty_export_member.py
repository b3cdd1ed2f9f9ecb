"""`manage.py loyalty_export_member USER`: all that we hold about one member, as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import member_exported, member_named


class Command(BaseCommand):
    help = "Print everything that the loyalty programme holds about one member, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="E-mail address, user name, id, or member number.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            account_id = member_named.run(options["user"])
        except LoyaltyError as refused:
            raise CommandError(str(refused)) from refused
        if account_id is None:
            raise CommandError(f"{options['user']} is no member; there is nothing to export.")
        rows = member_exported.run(account_id)
        self.stdout.write(
            json.dumps(rows, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False, sort_keys=True)
        )
