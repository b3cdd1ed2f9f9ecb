"""The only writer of flash sales' units, and of what became of the sales."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from oscar_loyalty.program.campaigns import queries
from oscar_loyalty.program.campaigns.models import CampaignDraw, FlashSale, FlashSaleUnit
from oscar_loyalty.program.campaigns.policy import Share

State = FlashSaleUnit.State

#: What a free unit says of nobody.
_NOBODYS = {
    "state": State.FREE,
    "basket_id": None,
    "line_id": None,
    "off": None,
    "account_id": None,
    "order_number": "",
    "claimed_at": None,
    "expires_at": None,
}
CHUNK = 2000


@transaction.atomic
def stock_up(sale_id: int) -> None:
    """
    Make as many units as the sale has, or take free ones out.

    Those that are sold or being paid stay: that it sold more is found by the audit.
    """
    sale = FlashSale.objects.select_for_update().get(pk=sale_id)
    counted = queries.tally(sale_id)
    surplus = counted.total() - counted[State.LAPSED] - sale.units
    if surplus < 0:
        _make(sale_id, -surplus)
    elif surplus > 0:
        _discard(sale_id, surplus)


@transaction.atomic
def claim(
    sale_id: int,
    shares: Sequence[Share],
    *,
    basket_id: int,
    account_id: int | None,
    at: datetime,
    until: datetime,
) -> bool:
    """
    Claim a unit for each item, in place of what the basket had; False, and none, for too few.

    The update of free units decides between baskets.
    """
    give_back(basket_id, sale_id=sale_id)
    told = {"state": State.CLAIMED, "basket_id": basket_id, "account_id": account_id}
    told |= {"claimed_at": at, "expires_at": until}
    for share in shares:
        taken = _take(sale_id, share.units)
        ours = taken.update(**told, line_id=share.line_id, off=share.off)
        if ours < share.units:
            transaction.set_rollback(True)
            return False
    return True


@transaction.atomic
def sell(
    sale_id: int,
    shares: Sequence[Share],
    *,
    order_number: str,
    basket_id: int,
    account_id: int | None,
    at: datetime,
) -> int:
    """
    Make a unit of each item the order's, once; return how many it has that the sale had not.

    First those claimed for its basket, then free ones; what is missing is sold beyond the units.
    """
    if FlashSaleUnit.objects.filter(sale_id=sale_id, order_number=order_number).exists():
        return 0
    beyond = 0
    told = {"state": State.SOLD, "basket_id": basket_id, "account_id": account_id}
    told |= {"order_number": order_number, "claimed_at": at, "expires_at": None}
    for share in shares:
        sold = {**told, "line_id": share.line_id, "off": share.off}
        ours = _claimed(sale_id, basket_id, share).update(**sold)
        ours += _take(sale_id, share.units - ours).update(**sold)
        missing = share.units - ours
        FlashSaleUnit.objects.bulk_create(
            FlashSaleUnit(sale_id=sale_id, **sold) for _unit in range(missing)
        )
        beyond += missing
    give_back(basket_id, sale_id=sale_id)
    return beyond


def lock_promised(basket_id: int) -> None:
    """Keep others from what the payment of a basket was told, until the transaction ends."""
    promised = FlashSaleUnit.objects.filter(queries.PROMISED, basket_id=basket_id).order_by("pk")
    list(promised.select_for_update().values_list("pk"))


@transaction.atomic
def give_back(
    basket_id: int, *, sale_id: int | None = None, claimed_at: Collection[datetime] | None = None
) -> int:
    """
    Make free what was claimed for a basket, and return how many units.

    If asked only of one sale, or what was claimed at one of those moments: a basket that begins to
    pay again has claimed anew.
    """
    mine = FlashSaleUnit.objects.filter(queries.PROMISED, basket_id=basket_id)
    if sale_id is not None:
        mine = mine.filter(sale_id=sale_id)
    if claimed_at is not None:
        mine = mine.filter(claimed_at__in=claimed_at)
    # Others stand in the place of these by now.
    mine.filter(state=State.LAPSED).delete()
    return mine.filter(state=State.CLAIMED).update(**_NOBODYS)


@transaction.atomic
def lapse(basket_id: int, *, at: datetime) -> int:
    """Let others have the units whose time is up, and remember what the basket was told."""
    due = FlashSaleUnit.objects.filter(state=State.CLAIMED, basket_id=basket_id, expires_at__lte=at)
    return _replace(due)


@transaction.atomic
def take_back(order_number: str) -> int:
    """Let others have the units of an order that was cancelled; return how many."""
    sold = FlashSaleUnit.objects.filter(state=State.SOLD, sale__settled_at=None)
    return _replace(sold.filter(order_number=order_number))


@transaction.atomic
def sell_again(order_number: str) -> tuple[int, int]:
    """Give an order that stands again its units; how many, and how many the sale had no more."""
    lapsed = FlashSaleUnit.objects.filter(state=State.LAPSED, sale__settled_at=None)
    lapsed = lapsed.filter(order_number=order_number)
    again = beyond = 0
    for sale_id in set(lapsed.values_list("sale_id", flat=True)):
        units = lapsed.filter(sale_id=sale_id).update(state=State.SOLD)
        again += units
        beyond += units - _discard(sale_id, units)
    return again, beyond


def forget_lapsed(sale_id: int, *, before: datetime) -> int:
    """Drop what payments were told that nobody makes any more; return how many units."""
    lapsed = FlashSaleUnit.objects.filter(
        state=State.LAPSED, sale_id=sale_id, order_number="", claimed_at__lt=before
    )
    return lapsed.delete()[0]


def settle(sale_id: int, *, at: datetime) -> bool:
    """Note that nobody buys or pays any more; False while somebody may."""
    sales = FlashSale.objects.filter(pk=sale_id, settled_at=None)
    promised = FlashSaleUnit.objects.filter(queries.PROMISED, sale_id=sale_id)
    return not promised.exists() and bool(sales.update(settled_at=at))


def reopen(sale_id: int) -> None:
    """A sale that goes on after all is settled no more."""
    FlashSale.objects.filter(pk=sale_id).update(settled_at=None)


def tie_offer(sale_id: int, offer_id: int) -> None:
    """Remember which offer of Oscar's gives the price."""
    FlashSale.objects.filter(pk=sale_id).update(offer_id=offer_id)


def draw(kind: str, about: str, numbers: Mapping[int, tuple[int, bool]], *, at: datetime) -> None:
    """Note what accounts drew for a campaign: the number, and whether it is held out; once."""
    CampaignDraw.objects.bulk_create(
        (
            CampaignDraw(
                kind=kind,
                about=about,
                account_id=account_id,
                drawn=number,
                held_out=held_out,
                drawn_at=at,
            )
            for account_id, (number, held_out) in numbers.items()
        ),
        ignore_conflicts=True,
    )


def move(account_id: int, into_id: int) -> None:
    """Make the units of one account another's, and what it drew for campaigns the other had not."""
    FlashSaleUnit.objects.filter(account_id=account_id).update(account_id=into_id)
    there = CampaignDraw.objects.filter(account_id=into_id)
    theirs = CampaignDraw.objects.filter(account_id=account_id)
    same = there.filter(kind=OuterRef("kind"), about=OuterRef("about"))
    theirs.exclude(Exists(same)).update(account_id=into_id)


def _claimed(sale_id: int, basket_id: int, share: Share) -> QuerySet[FlashSaleUnit]:
    claimed = FlashSaleUnit.objects.filter(
        state=State.CLAIMED, sale_id=sale_id, basket_id=basket_id, line_id=share.line_id
    )
    numbers = list(claimed.order_by("pk").values_list("pk", flat=True)[: share.units])
    return claimed.filter(pk__in=numbers)


def _take(sale_id: int, count: int) -> QuerySet[FlashSaleUnit]:
    """At most so many free units, which nobody else takes at the same moment."""
    free = FlashSaleUnit.objects.filter(sale_id=sale_id, state=State.FREE)
    first = free.order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        # Whoever pays at the same moment takes others, instead of waiting for these.
        first = first.select_for_update(skip_locked=True)
    return free.filter(pk__in=list(first.values_list("pk", flat=True)[:count]))


def _discard(sale_id: int, count: int) -> int:
    return _take(sale_id, count).delete()[0]


def _replace(taken: QuerySet[FlashSaleUnit]) -> int:
    """Make the units memories, and as many new ones free."""
    replaced = 0
    for sale_id in set(taken.values_list("sale_id", flat=True)):
        lapsed = taken.filter(sale_id=sale_id).update(state=State.LAPSED, expires_at=None)
        _make(sale_id, lapsed)
        replaced += lapsed
    return replaced


def _make(sale_id: int, count: int) -> None:
    rows = (FlashSaleUnit(sale_id=sale_id) for _unit in range(count))
    FlashSaleUnit.objects.bulk_create(rows, batch_size=CHUNK)
