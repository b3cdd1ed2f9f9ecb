"""What a flash sale gives, until when, and how many are left, in words."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.campaigns.policy import Sale
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import money
from oscar_loyalty.words.wording import percentage, sentence, written


def value(sale: Sale) -> str:
    """The price, or what comes off."""
    if sale.kind == "price":
        return money.formatted(sale.value, sale.currency)
    return percentage(sale.value)


def moment(at: datetime, terms: Terms | None) -> SafeString:
    """A moment by the shop's clock, which it names: readers have others."""
    local = terms.local_time(at) if terms else timezone.localtime(at)
    words = _("{moment} ({zone})")
    return sentence(words, moment=written(local), zone=local.tzname() or "")


def left(units: int) -> SafeString:
    """So many units."""
    words = ngettext("{units} is left", "{units} are left", units)
    return sentence(words, units=units)


def reduced(price: Decimal, before: Decimal, currency: str) -> SafeString:
    """What one costs, and what it cost."""
    return sentence(
        _("{price} instead of {before}."),
        price=money.formatted(price, currency),
        before=money.formatted(before, currency),
    )
