"""`manage.py loyalty_setup`: make the programme."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from oscar.core.utils import get_default_currency

from oscar_loyalty.flows import programme_set_up


class Command(BaseCommand):
    help = "Make the loyalty programme, once. Its terms are then edited in the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="Loyalty", help="What shoppers call the programme.")
        parser.add_argument("--currency", default=get_default_currency())
        parser.add_argument("--time-zone", default=settings.TIME_ZONE)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            created = programme_set_up.run(
                name=options["name"],
                currency=options["currency"],
                time_zone=options["time_zone"],
                language=settings.LANGUAGE_CODE,
                at=timezone.now(),
            )
        except ValidationError as refused:
            raise CommandError("\n".join(refused.messages)) from refused
        self.stdout.write(
            "The programme is ready; edit its terms in the admin."
            if created
            else "There is a programme already; nothing was changed."
        )
