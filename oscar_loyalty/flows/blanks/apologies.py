"""Letters in which the shop apologises."""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from oscar_loyalty.flows.blanks import presents, topic
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.apologies import queries as apologies_queries
from oscar_loyalty.shop import mails


def _apology(telling: Telling) -> Values:
    message = telling.message
    recipient = apologies_queries.recipient(int(message.about)) if message.about else None
    if recipient is None:
        # A text that is looked at before there is an apology.
        return topic.order(message)
    number = recipient.order_number
    return {
        **presents.brought(telling),
        "what_happened": _in_lines(recipient.apology.what_happened),
        "order_number": number,
        "order_url": mails.base_url() + mails.order_path(number),
    }


def _in_lines(text: str) -> str:
    """The lines as staff wrote them, in HTML too."""
    lines = ((line.strip(),) for line in text.splitlines())
    return format_html_join(SafeString("<br>\n"), "{}", lines)


TOPICS = {"apology": Topic(_apology)}
