"""Reads of coupons."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from django.db.models import F, Q, QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.coupons.policy import Claim
from oscar_loyalty.program.ledger.queries import belonging_to

#: Neither used nor closed.
OPEN = Q(order_number="", closed_at=None)


def usable_by(user_id: int, *, at: datetime, paying: int | None) -> QuerySet[Coupon]:
    """
    The open coupons of this customer.

    One that has expired is good for the basket `paying` with it: its payment was told so before.
    """
    good = Q(expires_at__gt=at)
    if paying is not None:
        good |= Q(basket_id=paying)
    return _open().filter(good, account_id__in=belonging_to(user_id))


def spendable(account_id: int, *, at: datetime) -> QuerySet[Coupon]:
    """What a member can use now, what expires soonest first."""
    mine = _in_shop(at).filter(account_id=account_id, voucher__offers=F("gives__offer_id"))
    return mine.select_related("voucher").order_by("expires_at", "pk")


def untied(*, at: datetime, account_id: int | None = None) -> QuerySet[Coupon]:
    """Coupons that give nothing, for their vouchers have lost the offer."""
    tied = Coupon.objects.filter(voucher__offers=F("gives__offer_id"))
    lost = _in_shop(at).exclude(pk__in=tied.values("pk")).order_by("pk")
    return lost if account_id is None else lost.filter(account_id=account_id)


def used_on(order_numbers: Collection[str]) -> list[Coupon]:
    """The coupons that orders used."""
    return list(Coupon.objects.filter(order_number__in=order_numbers).order_by("pk"))


def chains_of(coupons: Iterable[Coupon]) -> dict[int, list[Coupon]]:
    """The chains that these are a part of, oldest coupon first, by the id of the first."""
    roots = {coupon.origin_id or coupon.pk for coupon in coupons}
    if not roots:
        return {}
    rows = Coupon.objects.filter(Q(pk__in=roots) | Q(origin_id__in=roots)).order_by("pk")
    found: dict[int, list[Coupon]] = defaultdict(list)
    for coupon in rows.select_related("gives"):
        found[coupon.origin_id or coupon.pk].append(coupon)
    return found


def replaced(order_numbers: QuerySet) -> QuerySet:
    """Those of a subquery of numbers whose coupon was replaced."""
    coupons = Coupon.objects.filter(order_number__in=order_numbers, replacement__isnull=False)
    return coupons.values_list("order_number", flat=True)


def order_numbers(*, account_id: int | None = None) -> Iterator[str]:
    """Numbers of all orders that used coupons."""
    coupons = _of(account_id).exclude(order_number="").order_by("pk")
    return coupons.values_list("order_number", flat=True).iterator()


def unclaimed(*, account_id: int | None = None) -> QuerySet[Coupon, int]:
    """Vouchers of the coupons that no order has claimed, as a subquery."""
    coupons = _of(account_id).filter(order_number="", voucher__isnull=False)
    return coupons.values_list("voucher_id", flat=True)


def claims(*, account_id: int | None = None) -> Iterator[tuple[int, int, str]]:
    """Account, voucher and order of every coupon that was used and is still in the shop."""
    used = _of(account_id).exclude(order_number="").filter(voucher__isnull=False)
    rows = used.order_by("pk").values_list("account_id", "voucher_id", "order_number")
    return rows.iterator()


def is_unclaimed(voucher_id: int) -> bool:
    """Whether the voucher is one of ours, and no order has claimed its coupon."""
    return Coupon.objects.filter(voucher_id=voucher_id, order_number="").exists()


def claim_of(voucher_id: int) -> Claim | None:
    """The claim of a basket on a coupon that no order has; None when there is none."""
    claimed = Coupon.objects.filter(voucher_id=voucher_id, order_number="", basket_id__isnull=False)
    return claimed.values_list("basket_id", "claimed_at").first()


def kept_past(*, at: datetime) -> list[tuple[int, datetime]]:
    """Voucher and day of open coupons that expired while a payment kept their vouchers good."""
    expired = _open().filter(basket_id__isnull=False, expires_at__lte=at)
    kept = expired.filter(voucher__end_datetime__gt=F("expires_at")).order_by("pk")
    return list(kept.values_list("voucher_id", "expires_at"))


def is_over(key: str, *, at: datetime) -> bool:
    """Whether the coupon that was given for this cause is used, closed or expired."""
    given = Coupon.objects.filter(key=key)
    return given.exclude(OPEN & Q(expires_at__gt=at)).exists()


def first_given(keys: Collection[str]) -> str | None:
    """The first of the keys that a coupon was given for."""
    given = Coupon.objects.filter(key__in=keys).order_by("pk")
    return given.values_list("key", flat=True).first()


def given_for(key: str) -> Coupon | None:
    """The coupon that was given for a cause, with what it gives and its voucher."""
    return Coupon.objects.filter(key=key).select_related("gives", "voucher").first()


def given_among(keys: Collection[str]) -> dict[str, int]:
    """The coupons that were given for these keys, by key."""
    return dict(Coupon.objects.filter(key__in=keys).values_list("key", "pk"))


def lapsed(*, before: datetime) -> QuerySet[Coupon]:
    """
    Coupons that expired before then, and are in the shop though no order used them.

    Not those that took another's place: a cancelled order may bring them back. What a payment
    keeps good has a voucher that ends later.
    """
    unused = Coupon.objects.filter(order_number="", origin=None, voucher__isnull=False)
    return unused.filter(expires_at__lte=before, voucher__end_datetime__lte=before)


def is_anothers(voucher_id: int, user_id: int | None, *, at: datetime) -> bool:
    """Whether the voucher is one of ours, and this customer has no coupon to use with it."""
    if not Coupon.objects.filter(voucher_id=voucher_id).exists():
        return False
    if user_id is None:
        return True
    return not usable_by(user_id, at=at, paying=None).filter(voucher_id=voucher_id).exists()


def voucher_ids() -> list[int]:
    """Every voucher of Oscar's that we made."""
    vouchers = Coupon.objects.filter(voucher__isnull=False)
    return list(vouchers.values_list("voucher_id", flat=True))


def _in_shop(at: datetime) -> QuerySet[Coupon]:
    return _open().filter(voucher__isnull=False, expires_at__gt=at)


def _open() -> QuerySet[Coupon]:
    return Coupon.objects.filter(OPEN).select_related("gives")


def _of(account_id: int | None) -> QuerySet[Coupon]:
    coupons = Coupon.objects.all()
    return coupons if account_id is None else coupons.filter(account_id=account_id)


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """The coupons of these accounts, with their codes and what they give."""
    gives = {name: F(f"gives__{name}") for name in ("kind", "value", "minimum")}
    coupons = Coupon.objects.filter(account_id__in=account_ids)
    return {"coupons": bulk.rows_in(coupons, code=F("voucher__code"), **gives)}
