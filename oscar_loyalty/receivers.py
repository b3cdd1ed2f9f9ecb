"""Every signal we listen to. Each hands over to one flow and never raises into the shop."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils import timezone
from django.utils.translation import get_language
from oscar.apps.basket.signals import voucher_addition
from oscar.apps.checkout.signals import pre_payment
from oscar.apps.order.signals import (
    order_line_status_changed,
    order_placed,
    order_status_changed,
)
from oscar.core.loading import get_model

from oscar_loyalty import last_look
from oscar_loyalty.flows import (
    benefits_changed,
    benefits_removed,
    coupon_used,
    credentials_changed,
    expiry_tightened,
    flash_sale_changed,
    flash_units_claimed,
    member_joined,
    offer_deleted,
    order_recalculated,
    payment_begins,
    points_taken_off,
    profile_deleted,
    redemption_changed,
    review_rewarded,
)
from oscar_loyalty.flows import order_placed as placing
from oscar_loyalty.flows import order_status_changed as changing
from oscar_loyalty.guard import guarded
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.models import FlashSale, FlashSaleTier
from oscar_loyalty.program.coupons import policy as coupons_policy
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.models import MessageKind
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.models import Tier, TierBenefit
from oscar_loyalty.program.tiers.queries import forget_membership, membership_for
from oscar_loyalty.shop import people, returns


@guarded
def on_order_placed(order: Any, user: Any = None, **kwargs: Any) -> None:
    # What the basket's offers have read of the shopper need not be read again.
    member = membership_for(user) if user else None
    placing.run(
        str(order.number),
        at=timezone.now(),
        member=member,
        just_now=True,
        language=get_language() or "",
    )
    forget_membership(user)


@guarded
def on_order_status_changed(order: Any, **kwargs: Any) -> None:
    changing.run(str(order.number), at=timezone.now())


@guarded
def on_line_status_changed(line: Any, **kwargs: Any) -> None:
    order_recalculated.run(str(line.order.number), at=timezone.now())


@guarded
def on_transaction_written(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not raw and returns.is_refund(instance):
        _look_when_written(order_recalculated.run, str(instance.source.order.number))


@guarded
def on_payment_event_written(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """
    Oscar writes the lines that a refund is about after the event.

    Without a transaction around both nobody can tell here whether lines will follow: those that
    follow come by themselves, and an event about none is found by the due jobs.
    """
    if not raw and connection.savepoint_ids:
        _look_when_written(order_recalculated.run, str(instance.order.number))


@guarded
def on_items_written(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        _look_when_written(order_recalculated.run, str(instance.event.order.number))


@dataclass(frozen=True)
class _Due:
    """A flow that has something to look at; another for the same is equal."""

    flow: Any
    about: Any

    def __call__(self) -> None:
        _look(self)


def _look_when_written(flow: Any, about: Any) -> None:
    """What belongs together is written together, if the shop has a transaction open."""
    # Django's own list tells whether this waits already: a savepoint that is rolled back takes off
    # it what it had put there.
    due = _Due(flow, about)
    if all(waiting != due for _savepoints, waiting, *_how in connection.run_on_commit):
        transaction.on_commit(due, robust=True)


@guarded
def _look(due: _Due) -> None:
    due.flow(due.about, at=timezone.now())


def _may_have_points(
    instance: Any, created: bool = False, raw: bool = False, **kwargs: Any
) -> bool:
    """A customer's review, unless it is new and waits for the shop."""
    waits = created and instance.status != instance.APPROVED
    return not (raw or waits or instance.user_id is None)


@guarded(when=_may_have_points)
def on_review_changed(instance: Any, **kwargs: Any) -> None:
    _look_when_written(review_rewarded.run, instance.pk)


@guarded(when=last_look.may_be_ours, or_else=last_look.refuse_unseen)
def on_pre_payment(view: Any, **kwargs: Any) -> None:
    """Oscar swallows what we raise here, so a payment that must not happen is made to refuse."""
    last_look.run(view, at=timezone.now())


@guarded
def on_voucher_added(basket: Any, voucher: Any, **kwargs: Any) -> None:
    """Oscar works the offers out anew, without forgetting what came off after the coupon."""
    if coupons_policy.may_be_code(voucher.code):
        basket.reset_offer_applications()


@guarded
def on_voucher_used(instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """What the voucher gave is written before its use, and claimed with it."""
    if created and not raw and coupons_policy.may_be_code(instance.voucher.code):
        coupon_used.gave_nothing(instance.voucher_id, str(instance.order.number))


def _is_over(instance: Any, created: bool, **kwargs: Any) -> bool:
    """Merged; or open again, which guests have no points for, and nothing else saves so often."""
    if instance.status == instance.MERGED:
        return True
    return bool(instance.status == instance.OPEN and instance.owner_id and not created)


@guarded(when=_is_over)
def on_basket_saved(instance: Any, **kwargs: Any) -> None:
    if instance.status == instance.MERGED:
        points_taken_off.run(instance.pk)
    else:
        payment_begins.given_up(instance.pk)


def _may_have_units(instance: Any, created: bool = False, **kwargs: Any) -> bool:
    """Guests' baskets too, as long as a sale is on."""
    over = not created and instance.status in (instance.OPEN, instance.MERGED)
    return bool(over and instance.pk and campaigns_queries.display_sales())


@guarded(when=_may_have_units)
def on_payment_given_up(instance: Any, **kwargs: Any) -> None:
    flash_units_claimed.given_up(instance.pk)


@guarded
def on_basket_deleted(instance: Any, **kwargs: Any) -> None:
    points_taken_off.run(instance.pk)


@guarded
def on_flash_sale_saved(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        _keep_in_step(instance.pk)


@guarded
def on_flash_sale_tier_saved(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        _keep_in_step(instance.sale_id)


def _keep_in_step(sale_id: int) -> None:
    flash_sale_changed.run(sale_id, language=settings.LANGUAGE_CODE, at=timezone.now())


@guarded
def on_flash_sale_deleted(instance: Any, **kwargs: Any) -> None:
    flash_sale_changed.removed(instance.pk)


@guarded
def on_programme_changing(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        expiry_tightened.by_programme(instance, at=timezone.now())


@guarded
def on_tier_changing(instance: Any, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        expiry_tightened.by_tier(instance, at=timezone.now())


@guarded
def on_programme_saved(raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        redemption_changed.run(language=settings.LANGUAGE_CODE)


def _is_new(created: bool, raw: bool = False, **kwargs: Any) -> bool:
    return created and not raw


@guarded(when=_is_new)
def on_user_created(instance: Any, **kwargs: Any) -> None:
    member_joined.run(instance.pk, at=timezone.now())


#: What a customer signed in with, remembered on them while they are being saved.
_BEFORE = "_loyalty_credentials"


def _may_change_credentials(
    instance: Any, raw: bool = False, update_fields: Any = None, **kwargs: Any
) -> bool:
    return not raw and people.may_change_credentials(instance, update_fields)


def _is_remembered(instance: Any, **kwargs: Any) -> bool:
    return hasattr(instance, _BEFORE)


@guarded(when=_may_change_credentials)
def on_user_changing(instance: Any, **kwargs: Any) -> None:
    before = people.credentials_of(instance.pk)
    if before and before != people.credentials_in(instance):
        setattr(instance, _BEFORE, before)


@guarded(when=_is_remembered)
def on_user_changed(instance: Any, **kwargs: Any) -> None:
    before = getattr(instance, _BEFORE)
    delattr(instance, _BEFORE)
    after = people.credentials_of(instance.pk)
    if after:
        credentials_changed.run(instance.pk, before, after, at=timezone.now())


@guarded
def on_user_deleting(instance: Any, **kwargs: Any) -> None:
    profile_deleted.run(instance.pk, at=timezone.now())


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
def on_offer_deleting(instance: Any, **kwargs: Any) -> None:
    offer_deleted.run(instance.pk)


@guarded
def on_display_changed(**kwargs: Any) -> None:
    _forget_display()
    # Another request may have remembered the old rows again before this one commits.
    transaction.on_commit(_forget_display, robust=True)


def _forget_display() -> None:
    campaigns_queries.forget_display()
    earning_queries.forget_display()
    tiers_queries.forget_display()
    messages_queries.forget_active()


def connect() -> None:
    """Start listening; called once, when Django is ready."""
    order_placed.connect(on_order_placed, dispatch_uid="oscar_loyalty.order_placed")
    order_status_changed.connect(on_order_status_changed, dispatch_uid="oscar_loyalty.order_status")
    order_line_status_changed.connect(
        on_line_status_changed, dispatch_uid="oscar_loyalty.line_status"
    )
    for signal, when in ((post_save, "saved"), (post_delete, "deleted")):
        _connect_written(signal, when)
    user = get_user_model()
    post_save.connect(on_user_created, sender=user, dispatch_uid="oscar_loyalty.user_created")
    pre_save.connect(on_user_changing, sender=user, dispatch_uid="oscar_loyalty.user_changing")
    post_save.connect(on_user_changed, sender=user, dispatch_uid="oscar_loyalty.user_changed")
    pre_delete.connect(on_user_deleting, sender=user, dispatch_uid="oscar_loyalty.user_deleting")
    pre_payment.connect(on_pre_payment, dispatch_uid="oscar_loyalty.pre_payment")
    voucher_addition.connect(on_voucher_added, dispatch_uid="oscar_loyalty.voucher_added")
    post_save.connect(
        on_voucher_used,
        sender=get_model("voucher", "VoucherApplication"),
        dispatch_uid="oscar_loyalty.voucher_used",
    )
    basket = get_model("basket", "Basket")
    post_save.connect(on_basket_saved, sender=basket, dispatch_uid="oscar_loyalty.basket_saved")
    post_delete.connect(on_basket_deleted, sender=basket, dispatch_uid="oscar_loyalty.basket_gone")
    _connect_flash_sales(basket)
    pre_save.connect(
        on_programme_changing, sender=Programme, dispatch_uid="oscar_loyalty.programme_changing"
    )
    pre_save.connect(on_tier_changing, sender=Tier, dispatch_uid="oscar_loyalty.tier_changing")
    post_save.connect(
        on_programme_saved, sender=Programme, dispatch_uid="oscar_loyalty.programme_saved"
    )
    post_save.connect(on_tier_saved, sender=Tier, dispatch_uid="oscar_loyalty.tier_saved")
    post_save.connect(
        on_benefit_saved, sender=TierBenefit, dispatch_uid="oscar_loyalty.benefit_saved"
    )
    pre_delete.connect(
        on_offer_deleting,
        sender=get_model("offer", "ConditionalOffer"),
        dispatch_uid="oscar_loyalty.offer_deleting",
    )
    for model in (Tier, TierBenefit):
        uid = f"oscar_loyalty.deleted.{model}"
        post_delete.connect(on_benefit_deleted, sender=model, dispatch_uid=uid)
    for model in (Programme, RuleVersion, Tier, TierBenefit, MessageKind, FlashSale, FlashSaleTier):
        uid = f"oscar_loyalty.display.{model}"
        post_save.connect(on_display_changed, sender=model, dispatch_uid=uid)
        post_delete.connect(on_display_changed, sender=model, dispatch_uid=uid)


def _connect_flash_sales(basket: Any) -> None:
    post_save.connect(
        on_payment_given_up, sender=basket, dispatch_uid="oscar_loyalty.payment_given_up"
    )
    post_save.connect(
        on_flash_sale_saved, sender=FlashSale, dispatch_uid="oscar_loyalty.flash_sale_saved"
    )
    post_delete.connect(
        on_flash_sale_deleted, sender=FlashSale, dispatch_uid="oscar_loyalty.flash_sale_gone"
    )
    post_save.connect(
        on_flash_sale_tier_saved,
        sender=FlashSaleTier,
        dispatch_uid="oscar_loyalty.flash_sale_tier_saved",
    )


def _connect_written(signal: Any, when: str) -> None:
    """Oscar has no signals of its own for what comes back, nor for reviews that are approved."""
    reviews = get_model("reviews", "ProductReview")
    transactions = get_model("payment", "Transaction")
    payments = get_model("order", "PaymentEvent")
    signal.connect(on_review_changed, sender=reviews, dispatch_uid=f"oscar_loyalty.review_{when}")
    signal.connect(
        on_transaction_written, sender=transactions, dispatch_uid=f"oscar_loyalty.refund_{when}"
    )
    signal.connect(
        on_payment_event_written, sender=payments, dispatch_uid=f"oscar_loyalty.payment_{when}"
    )
    for name in ("PaymentEventQuantity", "ShippingEventQuantity"):
        uid = f"oscar_loyalty.{name}_{when}"
        signal.connect(on_items_written, sender=get_model("order", name), dispatch_uid=uid)
