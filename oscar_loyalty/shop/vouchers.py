"""Oscar's vouchers: the codes behind our coupons, and the orders and baskets that they are on."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from oscar.core.loading import get_class, get_model

from oscar_loyalty import bulk
from oscar_loyalty.shop.offers import COUPON_CONDITION


@dataclass(frozen=True)
class Wanted:
    """A voucher for one use that shall give an offer."""

    code: str
    name: str
    offer_id: int
    starts_at: datetime
    ends_at: datetime


def make(wanted: Sequence[Wanted]) -> list[int]:
    """Make vouchers, by one statement, and let them give their offers by another; their ids."""
    model = get_model("voucher", "Voucher")
    new = (
        model(
            # As saving one by one would write it.
            code=one.code.upper(),
            # Names are unique, and the basket shows them.
            name=f"{one.name[:100]} ({one.code})",
            usage=model.SINGLE_USE,
            start_datetime=one.starts_at,
            end_datetime=one.ends_at,
        )
        for one in wanted
    )
    fields = [field for field in model._meta.fields if not (field.primary_key or field.generated)]
    rows = [{one.attname: one.pre_save(voucher, add=True) for one in fields} for voucher in new]
    made = bulk.insert_numbered(model, rows)
    gives = [
        {"voucher_id": pk, "conditionaloffer_id": one.offer_id}
        for pk, one in zip(made, wanted, strict=True)
    ]
    bulk.insert(model.offers.through, gives)
    return made


def tie(voucher_ids: Collection[int], offer_id: int) -> None:
    """Let the vouchers give the offer too."""
    through = get_model("voucher", "Voucher").offers.through
    rows = (through(voucher_id=pk, conditionaloffer_id=offer_id) for pk in voucher_ids)
    through.objects.bulk_create(rows, ignore_conflicts=True)


def lock(voucher_ids: Collection[int]) -> None:
    """Keep orders that use these vouchers waiting, as Oscar makes them wait for each other."""
    rows = get_model("voucher", "Voucher").objects.filter(pk__in=voucher_ids).order_by("pk")
    list(rows.select_for_update().values_list("pk", flat=True))


def end(voucher_id: int | None, *, at: datetime) -> None:
    """Let the voucher be good until then: Oscar calls it expired afterwards."""
    get_model("voucher", "Voucher").objects.filter(pk=voucher_id).update(end_datetime=at)


def codes_of(voucher_ids: Collection[int]) -> dict[int, str]:
    """The codes of those that are there."""
    codes = get_model("voucher", "Voucher").objects.filter(pk__in=voucher_ids)
    return dict(codes.values_list("pk", "code"))


def orders_discounted_by(voucher_ids: Collection[int]) -> dict[int, set[str]]:
    """Numbers of the orders that each voucher took something off."""
    discounts = get_model("order", "OrderDiscount").objects.filter(voucher_id__in=voucher_ids)
    found: dict[int, set[str]] = defaultdict(set)
    for voucher_id, number in discounts.values_list("voucher_id", "order__number"):
        found[voucher_id].add(number)
    return found


def took_off(voucher_id: int, *, basket_id: int) -> bool:
    """Whether the voucher took something off the order of the basket."""
    discounts = get_model("order", "OrderDiscount").objects.filter(voucher_id=voucher_id)
    return bool(discounts.filter(order__basket_id=basket_id).exists())


def discounted(
    voucher_ids: QuerySet[Any], *, since: datetime | None = None, before: datetime | None = None
) -> list[tuple[int, str, int | None]]:
    """Voucher, order and basket wherever one of a subquery took something off, by order date."""
    rows = get_model("order", "OrderDiscount").objects.filter(voucher_id__in=voucher_ids)
    rows = rows.filter(order__date_placed__gte=since) if since else rows
    rows = rows.filter(order__date_placed__lt=before) if before else rows
    return list(rows.order_by("pk").values_list("voucher_id", "order__number", "order__basket_id"))


def uses(voucher_ids: QuerySet[Any]) -> list[tuple[int, str]]:
    """Voucher and order wherever Oscar counts one of a subquery as used."""
    rows = get_model("voucher", "VoucherApplication").objects.filter(voucher_id__in=voucher_ids)
    return list(rows.order_by("pk").values_list("voucher_id", "order__number"))


def forget_use(voucher_id: int, order_number: str) -> None:
    """Make Oscar count the voucher as not used by that order."""
    rows = get_model("voucher", "VoucherApplication").objects
    rows.filter(voucher_id=voucher_id, order__number=order_number).delete()


def take_from_baskets(voucher_id: int, *, but: int | None) -> None:
    """Take a used voucher out of all other baskets: Oscar would refuse their orders once paid."""
    through = get_model("basket", "Basket").vouchers.through.objects
    through.filter(voucher_id=voucher_id).exclude(basket_id=but).delete()


def on(basket: Any) -> list[int]:
    """The vouchers of ours that take something off the basket as its offers stand."""
    return [
        application["voucher"].pk
        for application in basket.offer_applications
        if application["voucher"] and application["offer"].condition.proxy_class == COUPON_CONDITION
    ]


def codes_in(basket: Any) -> list[str]:
    """The codes in the basket, whether they take something off it or not."""
    return list(basket.vouchers.values_list("code", flat=True))


def in_use(voucher_ids: Collection[int]) -> set[int]:
    """Those of the vouchers that an order used, or that are in a basket being paid."""
    basket = get_model("basket", "Basket")
    uses = (
        get_model("order", "OrderDiscount").objects,
        get_model("voucher", "VoucherApplication").objects,
        basket.vouchers.through.objects.filter(basket__status=basket.FROZEN),
    )
    found = (rows.filter(voucher_id__in=voucher_ids) for rows in uses)
    return {pk for rows in found for pk in rows.values_list("voucher_id", flat=True)}


def put_into(basket: Any, voucher: Any, *, user: Any, request: Any) -> bool:
    """Put the voucher into the basket; whether it takes something off it already."""
    basket.vouchers.add(voucher)
    basket.reset_offer_applications()
    get_class("offer.applicator", "Applicator")().apply(basket, user, request)
    return voucher.pk in on(basket)


def remove(voucher_ids: Collection[int]) -> int:
    """Take vouchers of ours out of the shop, known by their id or their offer; return how many."""
    vouchers = get_model("voucher", "Voucher").objects
    by_offer = vouchers.filter(offers__condition__proxy_class=COUPON_CONDITION)
    return discard({*voucher_ids, *by_offer.values_list("pk", flat=True)})


def discard(voucher_ids: Collection[int]) -> int:
    """Delete the vouchers; return how many there were."""
    vouchers = get_model("voucher", "Voucher").objects
    _rows, gone = vouchers.filter(pk__in=voucher_ids).delete()
    return int(gone.get(vouchers.model._meta.label, 0))
