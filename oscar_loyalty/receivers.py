"""Every signal we listen to. Each hands over to one flow and never raises into the shop."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from oscar.apps.order.signals import order_placed, order_status_changed

from oscar_loyalty.flows import benefits_changed, benefits_removed, member_joined
from oscar_loyalty.flows import order_placed as placing
from oscar_loyalty.flows import order_status_changed as changing
from oscar_loyalty.guard import guarded
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import EarningRule
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.models import Tier, TierBenefit
from oscar_loyalty.program.tiers.queries import forget_membership, membership_for


@guarded
def on_order_placed(order: Any, user: Any = None, **kwargs: Any) -> None:
    # What the basket's offers have read of the shopper need not be read again.
    member = membership_for(user) if user else None
    placing.run(str(order.number), at=timezone.now(), member=member)
    forget_membership(user)


@guarded
def on_order_status_changed(order: Any, **kwargs: Any) -> None:
    changing.run(str(order.number), at=timezone.now())


@guarded
def on_user_created(instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if created and not raw:
        member_joined.run(instance.pk, at=timezone.now())


@guarded
def on_benefit_saved(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        benefits_changed.run(instance.tier_id, language=settings.LANGUAGE_CODE)


@guarded
def on_tier_saved(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        benefits_changed.run(instance.pk, language=settings.LANGUAGE_CODE)


@guarded
def on_benefit_deleted(**kwargs: Any) -> None:
    benefits_removed.run()


@guarded
def on_display_changed(**kwargs: Any) -> None:
    _forget_display()
    # Another request may have remembered the old rows again before this one commits.
    transaction.on_commit(_forget_display, robust=True)


def _forget_display() -> None:
    earning_queries.forget_display()
    tiers_queries.forget_display()


def connect() -> None:
    """Start listening; called once, when Django is ready."""
    order_placed.connect(on_order_placed, dispatch_uid="oscar_loyalty.order_placed")
    order_status_changed.connect(on_order_status_changed, dispatch_uid="oscar_loyalty.order_status")
    post_save.connect(
        on_user_created, sender=get_user_model(), dispatch_uid="oscar_loyalty.user_created"
    )
    post_save.connect(on_tier_saved, sender=Tier, dispatch_uid="oscar_loyalty.tier_saved")
    post_save.connect(
        on_benefit_saved, sender=TierBenefit, dispatch_uid="oscar_loyalty.benefit_saved"
    )
    for model in (Tier, TierBenefit):
        uid = f"oscar_loyalty.deleted.{model}"
        post_delete.connect(on_benefit_deleted, sender=model, dispatch_uid=uid)
    for model in (Programme, EarningRule, Tier, TierBenefit):
        uid = f"oscar_loyalty.display.{model}"
        post_save.connect(on_display_changed, sender=model, dispatch_uid=uid)
        post_delete.connect(on_display_changed, sender=model, dispatch_uid=uid)
