"""A member is given a coupon: a code of their own, once for each cause."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from oscar_loyalty.errors import (
    InvalidCause,
    InvalidCoupon,
    InvalidDate,
    NoProgramme,
)
from oscar_loyalty.flows import member_joined, staff_words
from oscar_loyalty.program.coupons import policy
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.coupons.models import FAULTS, Coupon, CouponOffer
from oscar_loyalty.program.coupons.policy import Gift
from oscar_loyalty.program.ledger import policy as ledger_policy
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import money, offers, products, vouchers
from oscar_loyalty.shop.vouchers import Wanted
from oscar_loyalty.signals import announce
from oscar_loyalty.signals import coupon_given as coupon_given_signal

CHUNK = 2000
#: A later day is a slip of the keyboard.
LONGEST = timedelta(days=3660)


class Reason(models.TextChoices):
    """What staff may give as the reason."""

    GOODWILL = "goodwill", gettext_lazy("Goodwill")
    APOLOGY = "apology", gettext_lazy("Apology")
    PROMOTION = "promotion", gettext_lazy("Promotion")
    OTHER = "other", gettext_lazy("Other")


@dataclass(frozen=True)
class Given:
    """A coupon as its member gets it; `new` unless it had been given before."""

    coupon_id: int
    code: str | None
    expires_at: datetime
    new: bool


@transaction.atomic
def by_shop(user_id: int, gift: Gift, *, expires_at: datetime, source: str, at: datetime) -> Given:
    """
    Give a customer a coupon on behalf of the shop's own code, once per customer and `source`.

    :raises InvalidCause: if the source cannot stand in the books.
    :raises InvalidDate: if it would expire at once, or after more than ten years.
    :raises KeyReused: if the key came before for another member or with another gift.
    """
    if not ledger_policy.is_words(source, limit=ledger_policy.MAX_REFERENCE):
        raise InvalidCause(
            _("The source must be readable text of 1 to %(limit)s characters.")
            % {"limit": ledger_policy.MAX_REFERENCE}
        )
    _refuse_date(expires_at, at)
    joined = member_joined.run(user_id, at=at)
    gives = coupons.offer_for(gift)
    account_id = ledger.lock_current(joined)
    # Accounts that were merged since had a coupon for this source by another key.
    keys = {pk: f"shop:{pk}:{source}" for pk in ledger_queries.family_of(account_id)}
    key = coupons_queries.first_given(keys.values()) or keys[account_id]
    coupon = Coupon(account_id=account_id, key=key, gives=gives, expires_at=expires_at)
    return deliver(coupon, at=at)


@transaction.atomic
def by_staff(
    account_id: int,
    gift: Gift,
    *,
    expires_at: datetime,
    reason: str,
    note: str,
    actor_id: int,
    source: str,
    at: datetime,
) -> Given:
    """
    Give a coupon on behalf of a member of staff, once per `source`.

    :raises NoteMissing: if nothing says why.
    :raises InvalidCause: if reason or note cannot stand in the books.
    :raises OwnAccount: if the account is the actor's own.
    :raises AccountClosed: if it was merged into another.
    :raises InvalidDate, KeyReused: as for every coupon.
    """
    words = {"reason": reason, "note": staff_words.note(note)}
    _refuse_unfit(reason)
    refusal = _("You cannot give yourself a coupon; ask a colleague.")
    words["actor"] = staff_words.actor(actor_id, account_id, refusal=refusal)
    _refuse_date(expires_at, at)
    gives = coupons.offer_for(gift)
    ledger.lock([account_id])
    staff_words.refuse_closed(account_id)
    terms = {"key": f"staff:{source}", "gives": gives, "expires_at": expires_at}
    return deliver(Coupon(account_id=account_id, **terms, **words), at=at)


def gift_of(
    kind: str,
    value: Decimal = Decimal(0),
    *,
    minimum: Decimal = Decimal(0),
    range_id: int | None = None,
) -> Gift:
    """
    What a coupon shall give, in the programme's currency.

    :raises NoProgramme: if there is none.
    :raises InvalidCoupon: if it would give nothing, too much, or something that is not there.
    """
    terms = terms_queries.written()
    if terms is None:
        raise NoProgramme(_("There is no programme yet."))
    gift = Gift(cast(policy.Kind, kind), value, minimum, terms.currency, range_id)
    wrong = policy.fault(gift)
    if wrong is None and range_id is not None and products.range_name(range_id) is None:
        wrong = "range"
    if wrong:
        raise InvalidCoupon(str(FAULTS[wrong]))
    return gift


def deliver(coupon: Coupon, *, at: datetime) -> Given:
    """Enter a coupon with its voucher, unless it was entered before."""
    (given,) = deliver_many([coupon], at=at)
    return given


@transaction.atomic
def deliver_many(wanted: Sequence[Coupon], *, at: datetime) -> list[Given]:
    """
    Enter coupons with their vouchers, each unless its key came before; all, in this order.

    For any number that give the same it takes as many statements as for one. What they give was
    locked in this transaction: so nobody else enters the same meanwhile.

    :raises KeyReused: if a key came before for another member or with another gift.
    """
    standing = coupons.standing_for(wanted)
    fresh = [coupon for coupon in standing.values() if coupon.pk is None]
    new: dict[Any, str] = {}
    if fresh:
        new = _vouchers_for(fresh, at)
        coupons.enter(fresh)
    for one in fresh:
        announce(coupon_given_signal, account_id=one.account_id, coupon_id=one.pk, key=one.key)
    older = (one.voucher_id for one in standing.values() if one.voucher_id not in new)
    codes = new | vouchers.codes_of([voucher_id for voucher_id in older if voucher_id])
    return [
        Given(one.pk, codes.get(one.voucher_id), one.expires_at, one.voucher_id in new)
        for one in (standing[coupon.key] for coupon in wanted)
    ]


def _vouchers_for(fresh: Sequence[Coupon], at: datetime) -> dict[Any, str]:
    """Make a voucher for each of these coupons; their codes by voucher."""
    with override(settings.LANGUAGE_CODE):
        names = {gives: words_for(gives.gift) for gives in {coupon.gives for coupon in fresh}}
        offer_ids = {gives: _offer_of(gives, name) for gives, name in names.items()}
    wanted = [
        Wanted(
            code=coupons.new_code(),
            name=names[coupon.gives],
            offer_id=offer_ids[coupon.gives],
            starts_at=at,
            ends_at=coupon.expires_at,
        )
        for coupon in fresh
    ]
    made = vouchers.make(wanted)
    for coupon, voucher_id in zip(fresh, made, strict=True):
        coupon.issued_at, coupon.voucher_id = at, voucher_id
    return dict(zip(made, (one.code for one in wanted), strict=True))


def tie_again(*, at: datetime) -> int:
    """Make the offers again that staff deleted under coupons; return how many give again."""
    tied = 0
    while lost := list(coupons_queries.untied(at=at)[:CHUNK]):
        voucher_ids: dict[Gift, list[Any]] = defaultdict(list)
        for coupon in lost:
            voucher_ids[coupon.gives.gift].append(coupon.voucher_id)
        for gift, ids in voucher_ids.items():
            # Once the offer is there: vouchers are locked before what they give, not after.
            vouchers.tie(ids, _made_again(gift))
        tied += len(lost)
    return tied


@transaction.atomic
def _made_again(gift: Gift) -> int:
    with override(settings.LANGUAGE_CODE):
        return _offer_of(coupons.offer_for(gift), words_for(gift))


def words_for(gift: Gift) -> str:
    """What a gift is called in the basket."""
    if gift.kind == "free-shipping":
        return _("Coupon: free shipping")
    if gift.kind == "gift":
        return _("Coupon: one item for free")
    if gift.kind == "amount":
        value = money.formatted(gift.value, gift.currency)
        return _("Coupon: %(value)s off") % {"value": value}
    return _("Coupon: %(value)s%% off") % {"value": f"{gift.value.normalize():f}"}


def _offer_of(gives: CouponOffer, name: str) -> int:
    """Oscar's offer; made again where staff deleted it."""
    if gives.offer_id is None:
        gift = gives.gift
        gives.offer_id = offers.put_coupon_offer(
            gift.kind,
            name=name,
            value=gift.value,
            minimum=gift.minimum,
            range_id=gift.range_id,
        )
        coupons.tie_offer(gives, gives.offer_id)
    return int(gives.offer_id)


def _refuse_date(expires_at: datetime, at: datetime) -> None:
    if not at < expires_at <= at + LONGEST:
        raise InvalidDate(_("A coupon expires after today, and within ten years."))


def _refuse_unfit(reason: str) -> None:
    if not ledger_policy.is_words(reason, limit=ledger_policy.MAX_REASON):
        raise InvalidCause(
            _("The reason must be readable text of 1 to %(limit)s characters.")
            % {"limit": ledger_policy.MAX_REASON}
        )
