"""How far a member is from the next tier, in words and as a picture."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.shop import money
from oscar_loyalty.words.wording import sentence, written


@dataclass(frozen=True)
class Progress:
    """The way to a tier; `percent` is rounded down, so that only who has arrived sees 100."""

    percent: int
    so_far: SafeString
    so_far_spoken: str
    to_go: SafeString
    counting: SafeString


def towards(tier: Tier, made: Decimal, terms: Terms, today: date) -> Progress:
    """The way to `tier` for a member who has made `made` of its threshold."""
    missing = max(tier.threshold - made, Decimal(0))
    percent = 100 if not missing else int(max(made, Decimal(0)) * 100 / tier.threshold)
    so_far = _("{made} of {threshold}")
    amounts = {"made": amount(made, terms), "threshold": amount(tier.threshold, terms)}
    return Progress(
        percent=percent,
        so_far=sentence(so_far, **amounts),
        # Neither markup nor isolation in an attribute: it is read out, not laid out.
        so_far_spoken=so_far.format(**amounts),
        to_go=_to_go(missing, tier, terms, today) if missing else _arrived(tier),
        counting=counting(terms, today),
    )


def amount(value: Decimal, terms: Terms) -> str:
    """Spend, points or orders, as the programme measures them."""
    if terms.measure == "spend":
        return money.formatted(value, terms.currency)
    if terms.measure == "points":
        words = ngettext("{points} point", "{points} points", int(value))
        return words.format(points=written(int(value)))
    words = ngettext("{orders} order", "{orders} orders", int(value))
    return words.format(orders=written(int(value)))


def counting(terms: Terms, today: date) -> SafeString:
    """Which orders count."""
    if terms.window == "rolling":
        words = ngettext(
            "Orders of the last month count.",
            "Orders of the last {months} months count.",
            terms.window_months,
        )
        return sentence(words, months=terms.window_months)
    if terms.window == "calendar-year":
        return sentence(_("Orders of the year {year} count."), year=str(today.year))
    return sentence(_("All your orders count, however old."))


def _arrived(tier: Tier) -> SafeString:
    return sentence(
        _("You have reached what {tier} asks for; it becomes yours at the next daily review."),
        tier=tier.name,
    )


def _to_go(missing: Decimal, tier: Tier, terms: Terms, today: date) -> SafeString:
    if terms.window == "calendar-year":
        return _to_go_by(date(today.year, 12, 31), missing, tier, terms)
    if terms.measure == "spend":
        words = _("{amount} more to reach {tier}")
        return sentence(words, amount=_money(missing, terms), tier=tier.name)
    count = _whole(missing)
    if terms.measure == "points":
        words = ngettext(
            "{count} more point to reach {tier}", "{count} more points to reach {tier}", count
        )
    else:
        words = ngettext(
            "{count} more order to reach {tier}", "{count} more orders to reach {tier}", count
        )
    return sentence(words, count=count, tier=tier.name)


def _to_go_by(day: date, missing: Decimal, tier: Tier, terms: Terms) -> SafeString:
    if terms.measure == "spend":
        words = _("{amount} more by {day} to reach {tier}")
        return sentence(words, amount=_money(missing, terms), day=day, tier=tier.name)
    count = _whole(missing)
    if terms.measure == "points":
        words = ngettext(
            "{count} more point by {day} to reach {tier}",
            "{count} more points by {day} to reach {tier}",
            count,
        )
    else:
        words = ngettext(
            "{count} more order by {day} to reach {tier}",
            "{count} more orders by {day} to reach {tier}",
            count,
        )
    return sentence(words, count=count, day=day, tier=tier.name)


def _money(missing: Decimal, terms: Terms) -> str:
    return money.formatted(missing, terms.currency)


def _whole(missing: Decimal) -> int:
    """Points and orders come whole: half of one still to go is one to go."""
    return int(missing.to_integral_value(rounding="ROUND_CEILING"))
