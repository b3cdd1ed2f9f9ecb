"""`manage.py loyalty_uninstall`: take out of Oscar what would break it once the app is gone."""

from typing import Any

from django.core.management.base import BaseCommand

from oscar_loyalty.flows import removed


class Command(BaseCommand):
    help = "Remove our offers, conditions and benefits from Oscar. Run it before removing the app."

    def handle(self, *args: Any, **options: Any) -> None:
        gone = removed.run()
        for kind, count in gone.items():
            self.stdout.write(f"{kind}: {count} removed")
        self.stdout.write(
            "Now take oscar_loyalty out of INSTALLED_APPS, the settings and the URLs. To drop the "
            "points as well, run `migrate oscar_loyalty zero` first."
        )
