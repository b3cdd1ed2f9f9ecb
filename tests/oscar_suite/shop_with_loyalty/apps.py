"""Gives every test database a programme: a plugin that is switched off proves little."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone


class ShopWithLoyaltyConfig(AppConfig):
    name = "shop_with_loyalty"

    def ready(self) -> None:
        # Sent after a test has emptied the database, too.
        post_migrate.connect(start_programme, sender=self)


def start_programme(**kwargs: Any) -> None:
    from oscar_loyalty.models import Programme

    Programme.objects.get_or_create(
        defaults={"name": "Points", "currency": "GBP", "starts_at": timezone.now()}
    )
