"""What a guest is told about an order of theirs that has earned nobody anything yet."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.flows import order_claimed
from oscar_loyalty.flows.order_claimed import Prospect
from oscar_loyalty.words.wording import counted, sentence


@dataclass(frozen=True)
class Invitation:
    """A sentence, and where the order is claimed; None where it cannot be."""

    words: SafeString
    url: str | None


def of(request: Any, order: Any) -> Invitation | None:
    """What to say on a page that shows a guest's order; None where there is nothing to say."""
    url = _proved(request, order) if order.user_id is None else None
    prospect = order_claimed.prospect(str(order.number), at=timezone.now()) if url else None
    if prospect is None or not (prospect.points or prospect.refusal):
        return None
    if prospect.refusal:
        return Invitation(sentence(prospect.refusal), None)
    return Invitation(_promise(prospect, registered=request.user.is_authenticated), url)


def words(prospect: Prospect) -> SafeString:
    """What claiming will bring, on the page where it is done."""
    if prospect.refusal:
        return sentence(prospect.refusal)
    told = ngettext(
        "This order is worth {points} point.",
        "This order is worth {points} points.",
        prospect.points,
    )
    return sentence(told, points=counted(prospect.points, "claim"))


def thanks(order_number: str, points: int) -> SafeString:
    """What was earned by claiming."""
    if not points:
        told = _("Order {number} is in your account now; it earned no points.")
        return sentence(told, number=order_number)
    told = ngettext(
        "Order {number} is in your account now and earned you {points} point.",
        "Order {number} is in your account now and earned you {points} points.",
        points,
    )
    return sentence(told, number=order_number, points=points)


def _proved(request: Any, order: Any) -> str | None:
    """
    Where this visitor may claim the order: they have just placed it, or hold its signed link.

    The link's hash is taken from the address that was asked for: we never hand it out.
    """
    if request.session.get("checkout_order_id") == order.pk:
        return reverse("oscar_loyalty:claim")
    asked = request.resolver_match.kwargs.get("hash")
    if asked and order.check_verification_hash(asked):
        return reverse("oscar_loyalty:claim-signed", args=[order.number, asked])
    return None


def _promise(prospect: Prospect, *, registered: bool) -> SafeString:
    points = counted(prospect.points, "claim")
    if registered:
        told = ngettext(
            "This order earns {points} point once it is in your account.",
            "This order earns {points} points once it is in your account.",
            prospect.points,
        )
    else:
        told = ngettext(
            "With an account this order earns {points} point; registering is free.",
            "With an account this order earns {points} points; registering is free.",
            prospect.points,
        )
    return sentence(told, points=points)
