"""Tier benefits as Oscar's own offers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction
from oscar.core.loading import get_model

#: Rows of the shop's database name these classes: the paths are public and never move.
TIER_CONDITION = "oscar_loyalty.offers.conditions.TierCondition"
NAMED_METHODS_BENEFIT = "oscar_loyalty.offers.benefits.NamedMethodsShippingBenefit"

#: Above ordinary offers: Oscar applies only the first shipping offer of a basket.
PRIORITY = 1000

Effect = Literal["shipping-price", "shipping-percentage", "shipping-amount", "percentage"]

_TYPES: dict[Effect, str] = {
    "shipping-price": "Shipping fixed price",
    "shipping-percentage": "Shipping percentage",
    "shipping-amount": "Shipping absolute",
    "percentage": "Percentage",
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
    named_methods: bool
    offer_id: int | None


def condition_for(tier_id: int) -> Any:
    """The condition "is of this tier", which staff may use in offers of their own."""
    condition, _created = get_model("offer", "Condition").objects.get_or_create(
        proxy_class=TIER_CONDITION, value=tier_id
    )
    return condition


@transaction.atomic
def put(wanted: TierOffer) -> int:
    """Write the offer and return its id. Whether staff suspended it is left as it is."""
    offers = get_model("offer", "ConditionalOffer").objects
    offer = offers.select_related("benefit").filter(pk=wanted.offer_id).first()
    benefit = offer.benefit if offer else get_model("offer", "Benefit")()
    offer = offer or get_model("offer", "ConditionalOffer")(priority=PRIORITY, offer_type="Site")
    _write(
        benefit,
        type=_TYPES[wanted.effect],
        value=wanted.value,
        range_id=wanted.range_id,
        proxy_class=NAMED_METHODS_BENEFIT if wanted.named_methods else None,
    )
    _write(
        offer,
        name=_unused_name(wanted.name, offer.pk),
        description=wanted.description,
        condition_id=condition_for(wanted.tier_id).pk,
        benefit_id=benefit.pk,
    )
    return int(offer.pk)


def remove(offer_ids: list[int]) -> None:
    """Take offers of ours out of the shop, with their benefits."""
    benefits = get_model("offer", "Benefit").objects.filter(offers__in=offer_ids)
    benefits.filter(pk__in=list(benefits.values_list("pk", flat=True))).delete()
    get_model("offer", "ConditionalOffer").objects.filter(pk__in=offer_ids).delete()


def remove_condition(tier_id: int) -> None:
    """Take a tier's condition out of the shop, with the offers that ask it."""
    conditions = get_model("offer", "Condition").objects
    conditions.filter(proxy_class=TIER_CONDITION, value=tier_id).delete()


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


def _write(row: Any, **wanted: Any) -> None:
    """Save what differs, and no more: Oscar counts an offer's uses in the same row."""
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if row.pk is None:
        row.save()
    elif changed:
        row.save(update_fields=changed)


def _unused_name(name: str, offer_id: int | None) -> str:
    """`name`, or with a number behind it where another offer of the shop has it already."""
    others = get_model("offer", "ConditionalOffer").objects.exclude(pk=offer_id)
    candidate, count = name[:120], 1
    while others.filter(name=candidate).exists():
        count += 1
        candidate = f"{name[:120]} ({count})"
    return candidate
