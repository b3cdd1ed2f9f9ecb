"""Why things were done, in words for staff."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oscar_loyalty.flows import balances_brought
from oscar_loyalty.flows.points_adjusted import Reason
from oscar_loyalty.program.ledger.models import Entry
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.reviews import policy as reviews_policy
from oscar_loyalty.words import rules

#: Why a message did not leave, as `outcome` has it, in words.
REASONS = {
    "switched-off": gettext_lazy("Such messages are switched off."),
    "unwanted": gettext_lazy("The member does not want it."),
    "restrained": gettext_lazy("The member is blocked, erased or merged into another."),
    "unreachable": gettext_lazy("The member cannot be reached this way."),
    "order-gone": gettext_lazy("The order was cancelled."),
    "not-true": gettext_lazy("It was not true any more."),
    "too-late": gettext_lazy("It would have come too late."),
}


def reason_label(entry: Entry) -> str:
    """Why an entry was posted, in words."""
    words = {
        **dict(Reason.choices),
        balances_brought.REASON: balances_brought.REASON_LABEL,
        "signup": _("Signed up"),
        "birthday": _("Birthday"),
        reviews_policy.REASON: _("Review of a product"),
    }
    if rules.version_in(entry.reason) is not None:
        return _("Earning rule")
    return str(words.get(entry.reason, entry.reason))


def outcome_label(message: Message) -> str:
    """Why a message did not leave, or not yet; empty for one that did."""
    if message.state == Message.State.WAITING and message.attempts:
        tried = ngettext("Tried %(count)s time: ", "Tried %(count)s times: ", message.attempts)
        return tried % {"count": message.attempts} + message.outcome
    return str(REASONS.get(message.outcome, message.outcome))
