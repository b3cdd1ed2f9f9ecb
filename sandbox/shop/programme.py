"""Opens the demo's loyalty programme, and gives the shop's old orders their points."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from django.core.management import call_command
from django.core.management.base import OutputWrapper
from django.db import transaction
from i18nfield.strings import LazyI18nString
from oscar.core.loading import get_model

from oscar_loyalty.models import FlashSale, FlashSaleTier, MessageKind, Tier, TierBenefit

from . import desk
from .ladder import CURRENCY, LADDER, MUSIC_RANGE, PROGRAMME_NAME, Rung

Kind = TierBenefit.Kind
Row = TypeVar("Row", Tier, TierBenefit, FlashSale)

SALE_NAMES = {
    "en": "Garden week",
    "ar": "أسبوع الحديقة",
    "fa": "هفته باغ",
    "pl": "Tydzień ogrodu",
    "el": "Εβδομάδα κήπου",
}


@transaction.atomic
def start(*, at: datetime, stdout: OutputWrapper) -> None:
    """Make the programme, its tiers and the awards of past orders, unless there are tiers."""
    if Tier.objects.exists():
        return
    call_command("loyalty_setup", name=PROGRAMME_NAME, currency=CURRENCY, stdout=stdout)
    for rank, rung in enumerate(LADDER, start=1):
        _tier(rung, rank)
    call_command("loyalty_backfill", stdout=stdout)
    _flash_sale(at)
    desk.open_it(at=at)
    MessageKind.objects.filter(code="thank-you").update(active=True)
    MessageKind.objects.filter(code="tier-reached").update(active=True, channels=["email", "site"])


def _tier(rung: Rung, rank: int) -> None:
    tier = _saved(
        Tier(
            name=LazyI18nString(rung.names),
            rank=rank,
            colour=rung.colour,
            threshold=rung.threshold,
        )
    )
    _benefit(tier, Kind.MULTIPLIER, value=rung.multiplier)
    if rung.shipping_off == 100:
        _benefit(tier, Kind.FREE_SHIPPING)
    elif rung.shipping_off:
        _benefit(tier, Kind.SHIPPING_PERCENTAGE, value=rung.shipping_off)
    if rung.music_off:
        music = get_model("offer", "Range").objects.get(name=MUSIC_RANGE)
        _benefit(tier, Kind.PERCENTAGE, value=rung.music_off, range=music)


def _flash_sale(at: datetime) -> None:
    """A week long; those who were Gold could buy a day before everybody."""
    watering_can = get_model("catalogue", "Product").objects.get(upc="ga-01")
    sale = _saved(
        FlashSale(
            name=LazyI18nString(SALE_NAMES),
            product=watering_can,
            value=Decimal("29.00"),
            currency=CURRENCY,
            starts_at=at,
            ends_at=at + timedelta(days=7),
            units=20,
        )
    )
    gold = Tier.objects.get(rank=len(LADDER))
    FlashSaleTier.objects.create(sale=sale, tier=gold, hours=24)


def _benefit(tier: Tier, kind: str, **terms: object) -> None:
    _saved(TierBenefit(tier=tier, kind=kind, **terms))


def _saved(row: Row) -> Row:
    """As the admin would: a row that its own rules refuse never gets in."""
    row.full_clean()
    row.save()
    return row
