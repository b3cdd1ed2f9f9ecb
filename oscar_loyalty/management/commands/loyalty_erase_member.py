"""`manage.py loyalty_erase_member USER`: forget one member; the books stay balanced."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import member_erased, member_named

WARNING = (
    "This takes the customer's name out of the loyalty programme, with notes and addresses, and "
    "writes their points off, for good. The books stay, nameless. Their profile in the shop stays "
    "too: delete it there, or they become a member again with their next order."
)


class Command(BaseCommand):
    help = "Forget one member: drop what names them and write off their points. It may run twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="E-mail address, user name, id, or member number.")
        parser.add_argument("--no-input", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            account_id = member_named.run(options["user"])
        except LoyaltyError as refused:
            raise CommandError(str(refused)) from refused
        if account_id is None:
            self.stdout.write(f"{options['user']} is no member; there is nothing to erase.")
            return
        self._confirm(options["no_input"])
        points = member_erased.run(account_id, at=timezone.now())
        done = f"{points} points written off" if points >= 0 else f"a debt of {-points} forgiven"
        self.stdout.write(f"Erased: {done}.")

    def _confirm(self, yes: bool) -> None:
        self.stdout.write(WARNING)
        if yes:
            return
        try:
            answer = input("Type yes to go on: ")
        except EOFError:
            answer = ""
        if answer != "yes":
            raise CommandError("Nothing was erased.")
