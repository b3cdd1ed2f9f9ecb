"""Shops from before the plugin, and what a backfill makes of them."""

from datetime import datetime, timedelta, timezone

from django.apps import apps
from django.db import transaction

from oscar_loyalty.flows import backfill
from oscar_loyalty.models import Account, Award, Standing
from tests import world
from tests.world import JUNE, tier_of

AT = JUNE


def day(number: int) -> datetime:
    """Noon of a day in the year before the backfill."""
    return datetime(2025, 7, 1, 12, tzinfo=timezone.utc) + timedelta(days=number)


def newcomer(name=""):
    """A customer from before the plugin: no account."""
    made = world.customer(name)
    Standing.objects.filter(account__user=made).delete()
    Account.objects.filter(user=made).delete()
    return made


def with_past(*amounts, name="", first=0, step=1, **fields):
    """A customer from before the plugin who ordered for these amounts, a day apart."""
    made = newcomer(name)
    for number, amount in enumerate(amounts):
        world.unsignalled(made, amount, at=day(first + number * step), **fields)
    return made


def run(**options):
    return backfill.run(**{"at": AT, **options})


def books():
    """Every row of ours."""
    return {
        model._meta.model_name: list(model._base_manager.order_by("pk").values())
        for model in apps.get_app_config("oscar_loyalty").get_models()
    }


def story():
    """What the books say of every customer, whatever ids the rows have."""
    said = []
    for account in Account.objects.order_by("user__username"):
        said.append((account.user.username, account.balance, account.pending, account.seq))
        said.append((tier_of(account.user), account.standing.below_since))
        for rows, fields in (
            (account.awards.order_by("order_number"), ("order_number", "points", "breakdown")),
            (account.entries.order_by("seq"), ("seq", "key", "points", "balance_after")),
            (account.lots.order_by("entry__seq"), ("remaining", "pending", "available_at")),
            (account.tier_changes.order_by("pk"), ("from_name", "to_name", "changed_at")),
            (account.qualifying_events.order_by("key"), ("key", "spend", "points", "orders")),
        ):
            said.append(list(rows.values_list(*fields)))
    return said


def undone(action):
    """What `action` returns, its changes rolled back."""
    with transaction.atomic():
        returned = action()
        transaction.set_rollback(True)
    return returned


def carried(user):
    """Points of a customer's orders, oldest order first."""
    decided = dict(Award.objects.values_list("order_number", "carried"))
    return [decided[order.number] for order in user.orders.order_by("date_placed", "pk")]
