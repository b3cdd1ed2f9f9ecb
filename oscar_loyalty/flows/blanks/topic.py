"""What a topic of letters consists of, and the phrases that many of them share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import ngettext

from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import mails
from oscar_loyalty.words.wording import sentence

Values = Mapping[str, str]


@dataclass(frozen=True)
class Telling:
    """A message that is put into words: to whom, under which terms, and when."""

    message: Message
    member: Membership
    terms: Terms
    at: datetime


@dataclass(frozen=True)
class Topic:
    """What a kind of message is filled in with, and whether it is still true when it leaves."""

    blanks: Callable[[Telling], Values]
    still_true: Callable[[Message, datetime], bool] = lambda message, at: True


def url(name: str) -> str:
    """The full address of one of our pages."""
    return mails.base_url() + reverse(f"oscar_loyalty:{name}")


def points(count: int) -> str:
    """So many points; empty for none."""
    if count <= 0:
        return ""
    words = ngettext("{points} point", "{points} points", count)
    return sentence(words, points=count)


def order(message: Message) -> dict[str, str]:
    """The order that a message is about."""
    number = message.order_number
    return {
        "order_number": number,
        "order_url": mails.base_url() + mails.order_path(number) if number else "",
    }
