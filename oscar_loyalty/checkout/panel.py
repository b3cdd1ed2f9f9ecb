"""What the basket and the checkout say about spending points."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.flows import points_chosen
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.redemption import policy
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption.policy import Limit
from oscar_loyalty.program.redemption.queries import Wanted
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.queries import Membership, membership_for
from oscar_loyalty.shop import baskets, money
from oscar_loyalty.words.wording import counted, percentage, sentence

#: Marks the message that stands at the top of the page and at the field too.
REFUSED = "loyalty-points"


@dataclass(frozen=True)
class Panel:
    """
    What is spent and what could be; `chosen` is what the shopper asked for, 0 for nothing.

    `remark` says why not more, `remaining` what is left of the points, `limits` what the shop asks.
    """

    headline: SafeString
    chosen: int
    most: int
    limits: SafeString | None
    remark: SafeString | None = None
    remaining: SafeString | None = None
    #: Whether points can be chosen; else the headline or the remark says why not.
    open: bool = True


def of(request: Any) -> Panel | None:
    """The panel for the visitor's basket; None where there is nothing to spend."""
    membership, basket = membership_for(request.user), request.basket
    known = earning_queries.display_terms()
    if membership is None or known is None or basket.is_empty:
        return None
    terms, _rules = known
    if not points_chosen.may_redeem(membership, terms):
        return _forbidden(membership, basket)
    if membership.restraint.holds(timezone.now()):
        return _restrained(membership, terms)
    wanted = redemption_queries.wanted_for(basket)
    if wanted is None and not membership.spendable:
        return None
    coin = baskets.coin(baskets.priced_lines(basket), basket.currency)
    least = policy.least(redemption_queries.limits_of(terms, coin))
    if wanted is None:
        return _offer(membership, terms, least)
    spent = baskets.points_discount(basket)
    most = membership.spendable + wanted.covered
    if spent is None:
        nothing = _nothing(wanted.points)
        why = _why_none(basket, wanted, terms, least)
        return Panel(nothing, wanted.points, most, _limits(terms, least), why)
    headline = ngettext(
        "{points} point pays {amount} of this order.",
        "{points} points pay {amount} of this order.",
        spent.points,
    )
    return Panel(
        sentence(
            headline, points=counted(spent.points, "spent"), amount=_money(spent.discount, terms)
        ),
        wanted.points,
        most,
        _limits(terms, least),
        _remark(spent.limit, wanted.covered - spent.points, terms) or _lost(wanted),
        _remaining(most - spent.points),
    )


def refuse(request: HttpRequest, reason: str) -> None:
    """Tell the shopper on the next page why nothing was changed."""
    messages.error(request, reason, extra_tags=REFUSED)


def refused(request: HttpRequest) -> str | None:
    """What `refuse` told, while it is being shown; the messages stay for the page to show."""
    storage: Any = messages.get_messages(request)
    if not storage:
        return None
    shown = storage.used
    told = [str(message) for message in storage if message.extra_tags == REFUSED]
    storage.used = shown
    return told[-1] if told else None


def _forbidden(membership: Membership, basket: Any) -> Panel | None:
    """What was chosen while the programme, or the member's tier, still let them choose points."""
    keeps_some = membership.balance - membership.pending > membership.spendable
    wanted = redemption_queries.wanted_for(basket) if keeps_some else None
    if wanted is None:
        return None
    remark = sentence(_("You cannot spend points at the moment."))
    return Panel(_nothing(wanted.points), wanted.points, 0, None, remark, open=False)


def _restrained(membership: Membership, terms: Terms) -> Panel | None:
    """Why the member's points cannot be spent; nothing where there are none."""
    until = membership.restraint.paused_until
    if membership.balance <= 0:
        return None
    if membership.restraint.blocked or until is None:
        words = sentence(_("The shop has blocked your points; please contact us."))
    else:
        words = sentence(
            _(
                "Your e-mail address or password has just changed; for your safety, points can be "
                "spent again from {moment}."
            ),
            moment=terms.local_time(until),
        )
    return Panel(words, 0, 0, None, open=False)


def _offer(membership: Membership, terms: Terms, least: int) -> Panel:
    points = membership.spendable
    words = ngettext(
        "You can spend {points} point, worth {amount}.",
        "You can spend {points} points, worth {amount}.",
        points,
    )
    worth = _money(terms.worth(points), terms)
    headline = sentence(words, points=counted(points, "spendable"), amount=worth)
    return Panel(headline, 0, points, _limits(terms, least), _share(terms))


def _nothing(points: int) -> SafeString:
    words = ngettext(
        "You want to spend {points} point, but this basket cannot take it.",
        "You want to spend {points} points, but this basket cannot take any.",
        points,
    )
    return sentence(words, points=points)


def _why_none(basket: Any, wanted: Wanted, terms: Terms, least: int) -> SafeString | None:
    if not wanted.covered:
        return _lost(wanted)
    if basket.currency != terms.currency:
        return sentence(_("Points pay for prices in {currency} only."), currency=terms.currency)
    limit: Limit = getattr(basket, "loyalty_limit", "")
    if limit == "nothing-payable":
        return sentence(_("Nothing in this basket can be paid for with points."))
    if limit == "minimum":
        return _too_few(wanted, least)
    return None


def _too_few(wanted: Wanted, least: int) -> SafeString:
    if wanted.covered < least:
        words = ngettext(
            "An order takes at least {points} point.",
            "An order takes at least {points} points.",
            least,
        )
    else:
        words = ngettext(
            "An order takes at least {points} point, and this one could take only fewer.",
            "An order takes at least {points} points, and this one could take only fewer.",
            least,
        )
    return sentence(words, points=least)


def _lost(wanted: Wanted) -> SafeString | None:
    """A cancelled order has taken points that were kept for this one."""
    if wanted.covered >= wanted.points:
        return None
    words = ngettext(
        "Only {points} point of those you chose is still there.",
        "Only {points} points of those you chose are still there.",
        wanted.covered,
    )
    return sentence(words, points=wanted.covered)


def _limits(terms: Terms, least: int) -> SafeString | None:
    """How few points an order takes, and in what steps; None where any number will do."""
    step = terms.redeem_step
    least = least if terms.redeem_minimum > 1 else 0
    if least <= 1 and step <= 1:
        return None
    if least <= 1:
        return sentence(_("Points are spent in steps of {step}."), step=step)
    if step <= 1:
        words = ngettext(
            "An order takes at least {points} point.",
            "An order takes at least {points} points.",
            least,
        )
        return sentence(words, points=least)
    words = ngettext(
        "An order takes at least {points} point, in steps of {step}.",
        "An order takes at least {points} points, in steps of {step}.",
        least,
    )
    return sentence(words, points=least, step=step)


def _share(terms: Terms) -> SafeString | None:
    if terms.redeem_share >= 100:
        return None
    words = _("Points pay at most {share} of an order's goods.")
    return sentence(words, share=percentage(Decimal(terms.redeem_share)))


def _remaining(points: int) -> SafeString | None:
    if points <= 0:
        return None
    words = ngettext(
        "{points} point remains for another order.",
        "{points} points remain for another order.",
        points,
    )
    return sentence(words, points=points)


def _remark(limit: Limit, left: int, terms: Terms) -> SafeString | None:
    """Why not more."""
    if limit == "share":
        words = _("Points pay at most {share} of an order's goods; the rest stays yours.")
        return sentence(words, share=percentage(Decimal(terms.redeem_share)))
    if limit == "paid":
        return sentence(_("That is all that points can pay for here; the rest stays yours."))
    if limit == "step":
        words = ngettext(
            "Points are spent in steps of {step}; {points} point stays yours.",
            "Points are spent in steps of {step}; {points} points stay yours.",
            left,
        )
        return sentence(words, step=terms.redeem_step, points=left)
    return None


def _money(amount: Any, terms: Terms) -> str:
    return money.formatted(amount, terms.currency)
