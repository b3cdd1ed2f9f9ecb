"""What a coupon gives and asks for, in words."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oscar_loyalty.program.coupons.policy import Gift
from oscar_loyalty.shop import money
from oscar_loyalty.words.wording import percentage, sentence


def gives(gift: Gift, named: str | None) -> SafeString:
    """What it takes off, and off what: the range of that name, or the order."""
    if gift.kind == "free-shipping":
        return sentence(_("Free shipping"))
    if gift.kind == "gift":
        words = _("One item of {range} for free") if named else _("One item for free")
        return sentence(words, range=named)
    value = (
        percentage(gift.value)
        if gift.kind == "percentage"
        else money.formatted(gift.value, gift.currency)
    )
    if named:
        return sentence(_("{value} off {range}"), value=value, range=named)
    return sentence(_("{value} off your order"), value=value)


def asks(gift: Gift, named: str | None) -> SafeString | None:
    """What has to be spent for it; None where nothing has."""
    if not gift.minimum:
        return None
    amount = money.formatted(gift.minimum, gift.currency)
    if named:
        words = _("From {amount} spent on {range}, before discounts")
        return sentence(words, amount=amount, range=named)
    return sentence(_("From {amount} spent, before discounts"), amount=amount)
