"""The only writer of draws and of what was won; staff write the settings in the admin."""

import secrets
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from oscar_loyalty.program.surprises.models import SurpriseDraw, SurpriseGift, SurpriseSettings


def open_draw(day: date) -> SurpriseDraw:
    """The draw of the day; a new one with a seed that nobody could have known."""
    seed = secrets.token_hex(32)
    draw, _opened = SurpriseDraw.objects.get_or_create(day=day, defaults={"seed": seed})
    return draw


def lock() -> None:
    """Let nobody else draw until the transaction ends: budget and days are counted over draws."""
    SurpriseSettings.objects.filter(singleton=1).update(singleton=1)


def finish(
    draw: SurpriseDraw,
    winners: Collection[int],
    *,
    chance: Decimal,
    cost: Decimal,
    candidates: int,
    drawn: int,
    at: datetime,
) -> None:
    """Record how the draw went and who won; nobody else draws meanwhile."""
    draw.chance, draw.cost = chance, cost
    draw.candidates, draw.drawn, draw.finished_at = candidates, drawn, at
    draw.save()
    SurpriseGift.objects.bulk_create(
        SurpriseGift(draw=draw, account_id=account_id) for account_id in winners
    )


def settle(gift_ids: Collection[int], given_to: Collection[int], *, at: datetime) -> None:
    """Note who was given what they had won; for the others it is as if they had not."""
    waiting = SurpriseGift.objects.filter(pk__in=gift_ids, given_at=None)
    waiting.filter(account_id__in=given_to).update(given_at=at)
    waiting.exclude(account_id__in=given_to).delete()
