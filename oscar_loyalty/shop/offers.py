"""Benefits of tiers, points and coupons as Oscar's own offers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from django.db import transaction
from django.db.models import F, Q, QuerySet
from oscar.core.loading import get_class, get_model

#: Rows of the shop's database name these classes: the paths are public and never move.
TIER_CONDITION = "oscar_loyalty.offers.conditions.TierCondition"
SHIPPING_BENEFIT = "oscar_loyalty.offers.benefits.TierShippingBenefit"
POINTS_CONDITION = "oscar_loyalty.offers.points.PointsCondition"
POINTS_BENEFIT = "oscar_loyalty.offers.points.PointsBenefit"
COUPON_CONDITION = "oscar_loyalty.offers.coupons.VoucherOwnerCondition"
COUPON_BENEFIT = "oscar_loyalty.offers.coupons.CouponBenefit"
PERCENTAGE_BENEFIT = "oscar_loyalty.offers.benefits.TierPercentageBenefit"
SALE_CONDITION = "oscar_loyalty.offers.flash_sales.FlashSaleCondition"
SALE_BENEFIT = "oscar_loyalty.offers.flash_sales.FlashSaleBenefit"

#: What offers of ours are for, by their conditions.
PURPOSES = {TIER_CONDITION: "tier", COUPON_CONDITION: "coupon", SALE_CONDITION: "sale"}

Effect = Literal["shipping-price", "shipping-percentage", "shipping-amount", "percentage"]


@dataclass(frozen=True)
class _Form:
    """How Oscar keeps an effect: its type of benefit, the class that gives it, when it applies."""

    type: str
    proxy_class: str
    priority: int


#: Oscar applies only the first shipping offer of a basket: ours, which looks at the others.
_FIRST = 1000
#: A flash sale promises a price, so nothing has come off before; what it sold, others leave alone.
_BEFORE_OFFERS = 500_000
#: Where a sale has been, an exclusive offer gives nothing: after all sales, nobody loses one to us.
_LAST = -1000
#: Coupons come off what is left after all other offers, so that they take none of them away.
_AFTER_OFFERS = -500_000
#: Points pay what is left after everything else.
_AFTER_ALL = -1_000_000

_FORMS: dict[Effect, _Form] = {
    "shipping-price": _Form("Shipping fixed price", SHIPPING_BENEFIT, _FIRST),
    "shipping-percentage": _Form("Shipping percentage", SHIPPING_BENEFIT, _FIRST),
    "shipping-amount": _Form("Shipping absolute", SHIPPING_BENEFIT, _FIRST),
    "percentage": _Form("Percentage", PERCENTAGE_BENEFIT, _LAST),
}

_COUPON_FORMS: dict[str, _Form] = {
    "percentage": _Form("Percentage", COUPON_BENEFIT, _AFTER_OFFERS),
    "amount": _Form("Absolute", COUPON_BENEFIT, _AFTER_OFFERS),
    # Before those of tiers, for Oscar applies only the first: nothing beats free shipping.
    "free-shipping": _Form("Shipping fixed price", COUPON_BENEFIT, _FIRST + 1),
    # Before money off, which would make the free item a cheaper one.
    "gift": _Form("Multibuy", COUPON_BENEFIT, _AFTER_OFFERS + 1),
}


@dataclass(frozen=True)
class TierOffer:
    """A benefit of a tier in Oscar's terms; `offer_id` when Oscar has it already."""

    tier_id: int
    name: str
    description: str
    effect: Effect
    value: Decimal
    range_id: int | None
    all_methods: bool
    offer_id: int | None


def condition_for(tier_id: int) -> Any:
    """
    The condition "is of this tier", which staff may use in offers of their own.

    Oscar has no constraint that keeps it single: whoever may be the first to ask locks the tier.
    """
    conditions = get_model("offer", "Condition").objects
    ours = {"proxy_class": TIER_CONDITION, "value": tier_id}
    return conditions.filter(**ours).order_by("pk").first() or conditions.create(**ours)


def make_condition(tier_id: int) -> bool:
    """Make the tier's condition unless the shop has it; return whether it was missing."""
    missing = tier_id not in tiers_asked_for()
    condition_for(tier_id)
    return missing


@transaction.atomic
def put(wanted: TierOffer) -> tuple[int, int]:
    """
    Write the offer; return its id and how many rows were not as wanted.

    Whether staff suspended it is left as it is.
    """
    offers = get_model("offer", "ConditionalOffer").objects
    offer = offers.select_related("benefit").filter(pk=wanted.offer_id).first()
    benefit = offer.benefit if offer else get_model("offer", "Benefit")()
    offer = offer or get_model("offer", "ConditionalOffer")(offer_type="Site")
    form = _FORMS[wanted.effect]
    # Nothing beats free shipping for all methods, so Oscar's own does, which asks for no more rows.
    unbeatable = wanted.effect == "shipping-price" and wanted.all_methods
    written = _write(
        benefit,
        type=form.type,
        value=wanted.value,
        range_id=wanted.range_id,
        # Oscar reads NULL as empty here.
        proxy_class="" if unbeatable else form.proxy_class,
    )
    written += _write(
        offer,
        name=_unused_name(wanted.name, offer.pk),
        description=wanted.description,
        priority=form.priority,
        condition_id=condition_for(wanted.tier_id).pk,
        benefit_id=benefit.pk,
    )
    return int(offer.pk), written


@transaction.atomic
def put_points_offer(name: str, description: str) -> int:
    """
    Write the offer through which points are spent; return how many rows were not as wanted.

    Whether staff suspended it is left as it is.
    """
    offer = _points_offers().first()
    written = 0
    if offer is None:
        offer = get_model("offer", "ConditionalOffer")(offer_type="Site")
        condition = get_model("offer", "Condition")()
        benefit = get_model("offer", "Benefit")()
        written += _write(condition, proxy_class=POINTS_CONDITION)
        written += _write(benefit, proxy_class=POINTS_BENEFIT)
        offer.condition, offer.benefit = condition, benefit
    return written + _write(
        offer,
        name=_unused_name(name, offer.pk),
        description=description,
        priority=_AFTER_ALL,
    )


@transaction.atomic
def put_coupon_offer(
    kind: str, *, name: str, value: Decimal, minimum: Decimal, range_id: int | None
) -> int:
    """Make the offer that many vouchers share, and return its id."""
    form = _COUPON_FORMS[kind]
    # Staff may have deleted the range since: our own row says then that nothing is in it.
    ranges = get_model("offer", "Range").objects.filter(pk=range_id)
    range_id = ranges.values_list("pk", flat=True).first()
    condition = get_model("offer", "Condition")(
        proxy_class=COUPON_CONDITION, value=minimum, range_id=range_id
    )
    condition.save()
    benefit = get_model("offer", "Benefit")(
        type=form.type,
        value=value,
        # Shipping is not a matter of products.
        range_id=None if kind == "free-shipping" else range_id,
        proxy_class=form.proxy_class,
    )
    benefit.save()
    offer = get_model("offer", "ConditionalOffer")(
        name=_unused_name(name, None),
        offer_type="Voucher",
        priority=form.priority,
        condition=condition,
        benefit=benefit,
        max_basket_applications=1,
    )
    offer.save()
    return int(offer.pk)


@transaction.atomic
def put_sale_offer(
    sale_id: int,
    *,
    offer_id: int | None,
    name: str,
    description: str,
    starts_at: datetime,
    ends_at: datetime | None,
) -> tuple[int, int]:
    """
    Write the offer of a flash sale; return its id and how many rows were not as wanted.

    Whether staff suspended it is left as it is.
    """
    offers = get_model("offer", "ConditionalOffer").objects.select_related("condition", "benefit")
    offer = offers.filter(pk=offer_id).first()
    condition = offer.condition if offer else get_model("offer", "Condition")()
    benefit = offer.benefit if offer else get_model("offer", "Benefit")()
    written = _write(condition, proxy_class=SALE_CONDITION, value=sale_id)
    written += _write(benefit, proxy_class=SALE_BENEFIT)
    offer = offer or get_model("offer", "ConditionalOffer")(offer_type="Site")
    written += _write(
        offer,
        name=_unused_name(name, offer.pk),
        description=description,
        priority=_BEFORE_OFFERS,
        start_datetime=starts_at,
        end_datetime=ends_at,
        condition_id=condition.pk,
        benefit_id=benefit.pk,
    )
    return int(offer.pk), written


def points_offer_id() -> int | None:
    """The offer through which points are spent; None while there is none."""
    first: int | None = _points_offers().values_list("pk", flat=True).first()
    return first


def offers_of_points() -> list[int]:
    """Every offer with our benefit, whoever made it; only `points_offer_id` gives anything."""
    offers = get_model("offer", "ConditionalOffer").objects
    return list(offers.filter(benefit__proxy_class=POINTS_BENEFIT).values_list("pk", flat=True))


def count_uses_alone(offer: Any) -> None:
    """Oscar saves the whole offer with its count of uses, and so would undo what staff changed."""
    offer.record_usage = partial(count_use, offer.pk)


def count_use(offer_id: int, discount: dict[str, Any]) -> None:
    """
    Count an application of the offer once the order stands.

    After commit: the row would else be locked until then, and orders would wait for each other.
    """
    rows = get_model("offer", "ConditionalOffer").objects.filter(pk=offer_id)
    transaction.on_commit(
        partial(
            rows.update,
            num_applications=F("num_applications") + discount["freq"],
            total_discount=F("total_discount") + discount["discount"],
            num_orders=F("num_orders") + 1,
        ),
        robust=True,
    )


@transaction.atomic
def remove(offer_ids: list[int]) -> int:
    """Take offers out of the shop, with the benefits that no other offer gives; return how many."""
    offers = get_model("offer", "ConditionalOffer").objects.filter(pk__in=offer_ids)
    benefit_ids = list(offers.values_list("benefit_id", flat=True))
    offers.delete()
    get_model("offer", "Benefit").objects.filter(pk__in=benefit_ids, offers=None).delete()
    return len(benefit_ids)


@transaction.atomic
def remove_sale(sale_id: int) -> None:
    """Take the offer of a flash sale out of the shop, with its rows."""
    conditions = get_model("offer", "Condition").objects
    ours = conditions.filter(proxy_class=SALE_CONDITION, value=sale_id)
    offers = get_model("offer", "ConditionalOffer").objects.filter(condition__in=ours)
    remove(list(offers.values_list("pk", flat=True)))
    ours.delete()


def others_on_goods() -> bool:
    """Whether the shop runs offers of its own that lower the price of goods for everybody."""
    offers = get_model("offer", "ConditionalOffer").active.filter(offer_type="Site")
    ours = Q(benefit__proxy_class__startswith="oscar_loyalty.")
    return bool(offers.exclude(ours | Q(benefit__type__startswith="Shipping")).exists())


def tiers_asked_for() -> set[int]:
    """The tiers that have a condition in the shop."""
    conditions = get_model("offer", "Condition").objects.filter(proxy_class=TIER_CONDITION)
    return {int(value or 0) for value in conditions.values_list("value", flat=True)}


def purposes(offer_id: int | None = None) -> dict[int, str]:
    """The offers of ours, also those that staff made for a tier, by id, and what each is for."""
    offers = get_model("offer", "ConditionalOffer").objects.order_by()
    ours = offers.filter(condition__proxy_class__in=PURPOSES)
    ours = ours.filter(pk=offer_id) if offer_id is not None else ours
    found = ours.values_list("pk", "condition__proxy_class")
    return {pk: PURPOSES[condition] for pk, condition in found}


def remove_conditions(tier_ids: Collection[int]) -> int:
    """Take the tiers' conditions out of the shop, with the offers that ask them."""
    conditions = get_model("offer", "Condition").objects
    ours = conditions.filter(proxy_class=TIER_CONDITION, value__in=tier_ids)
    return int(ours.delete()[1].get(conditions.model._meta.label, 0))


@transaction.atomic
def remove_everything() -> dict[str, int]:
    """Remove every row that names a class of ours; return what went, by kind."""
    offers = get_model("offer", "ConditionalOffer").objects
    conditions = get_model("offer", "Condition").objects
    benefits = get_model("offer", "Benefit").objects
    prefix = {"proxy_class__startswith": "oscar_loyalty."}
    ours = offers.filter(condition__in=conditions.filter(**prefix)) | offers.filter(
        benefit__in=benefits.filter(**prefix)
    )
    ids = list(ours.values_list("pk", "benefit_id"))
    removed = {
        "offers": len(ids),
        "conditions": conditions.filter(**prefix).count(),
        "benefits": benefits.filter(pk__in=[benefit for _pk, benefit in ids]).count(),
    }
    offers.filter(pk__in=[pk for pk, _benefit in ids]).delete()
    benefits.filter(pk__in=[benefit for _pk, benefit in ids]).filter(offers=None).delete()
    benefits.filter(**prefix).delete()
    conditions.filter(**prefix).delete()
    return removed


def _points_offers() -> QuerySet[Any]:
    """Ours is the first: staff may make more of them, which never give anything."""
    offers: QuerySet[Any] = get_model("offer", "ConditionalOffer").objects.filter(
        condition__proxy_class=POINTS_CONDITION,
        benefit__proxy_class=POINTS_BENEFIT,
        offer_type="Site",
    )
    return offers.order_by("pk")


def _write(row: Any, **wanted: Any) -> bool:
    """Save what differs, and no more: Oscar counts an offer's uses in the same row."""
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if row.pk is None:
        row.save()
    elif changed:
        row.save(update_fields=changed)
    return bool(changed)


def _unused_name(name: str, offer_id: int | None) -> str:
    """`name`, or with a number behind it where another offer of the shop has it already."""
    others = get_model("offer", "ConditionalOffer").objects.exclude(pk=offer_id)
    candidate, count = name[:120], 1
    while others.filter(name=candidate).exists():
        count += 1
        candidate = f"{name[:120]} ({count})"
    return candidate


def method_names(codes: Iterable[str]) -> list[str]:
    """The names of shipping methods as the checkout shows them, else their codes."""
    repository: Any = get_class("shipping.repository", "Repository")
    names = {method.code: str(method.name) for method in getattr(repository, "methods", ())}
    return [names.get(code, code) for code in codes]
