"""Fills an empty shop, and adds what is missing to one that is not."""

from django.contrib.sites.models import Site
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from sandbox.shop import catalogue, history, programme


class Command(BaseCommand):
    help = "Fill the sandbox shop: goods with pictures, people with a past, a loyalty programme."

    def handle(self, **options: object) -> None:
        # In one piece: a past order written after the programme opened would count as a new one.
        with transaction.atomic():
            Site.objects.filter(domain="example.com").update(
                domain="127.0.0.1:8000", name="Larkfield"
            )
            products = catalogue.fill()
            shoppers = history.invite(at=timezone.now())
        if products or shoppers:
            self.stdout.write(f"New in the shop: {products} products, {shoppers} shoppers.")
        programme.start(at=timezone.now(), stdout=self.stdout)
