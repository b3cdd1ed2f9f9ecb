"""Who is surprised on a day: by chance, which anybody can work out again from its record."""

import hashlib
import hmac
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

#: A member's number in a draw, and the member's account.
Ticket = tuple[int, int]

#: Numbers of tickets are below this.
NUMBERS = 2**64


def number(seed: str, account_id: int) -> int:
    """
    The member's number in the draw with this seed, of 64 hexadecimal digits.

    The first eight bytes of HMAC-SHA256 of the account's id, in decimal digits, keyed by the seed.
    """
    digest = hmac.digest(bytes.fromhex(seed), str(account_id).encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big")


def limit(chance: Decimal, day: date) -> int:
    """Numbers below this win on `day`: `chance` per cent a month, the same part of it each day."""
    days = monthrange(day.year, day.month)[1]
    return int(Fraction(chance) / 100 / days * NUMBERS)


def winners(tickets: Iterable[Ticket], *, places: int) -> list[int]:
    """The accounts with the lowest numbers, so many at most."""
    return [account_id for _number, account_id in sorted(tickets)[:places]]


def affordable(budget: Decimal, spent: Decimal, cost: Decimal) -> int:
    """How many presents of this cost the rest of the budget pays."""
    return max(0, int((budget - spent) // cost))


def money_of(points: int, worth: Fraction) -> Decimal:
    """What points cost the shop that are worth so much each, rounded up to the hundredth."""
    return Decimal(ceil(points * worth * 100)) / 100


def month_of(day: date) -> tuple[date, date]:
    """The first days of the month that `day` is in, and of the next."""
    first = day.replace(day=1)
    return first, first + timedelta(days=monthrange(day.year, day.month)[1])
