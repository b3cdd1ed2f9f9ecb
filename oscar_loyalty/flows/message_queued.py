"""Something happened that a member is told about, if staff have switched such messages on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.messages.policy import Kind


@dataclass(frozen=True)
class News:
    """
    What to tell whom, and the moment it happened; told once for each `cause`.

    `about` is the id of what it is about, `address` another than the member's own to send it to.
    """

    kind: Kind
    account_id: int
    cause: str
    at: datetime
    order_number: str = ""
    about: str = ""
    language: str = ""
    address: str = ""


def is_on(kind: Kind) -> bool:
    """Whether such messages are sent."""
    return kind.code in messages_queries.active_days()


def run(happened: Iterable[News]) -> None:
    """Queue a message for each of the kinds that are switched on, in one statement."""
    days = messages_queries.active_days()
    told = [_message(news, days[news.kind.code]) for news in happened if news.kind.code in days]
    if told:
        messages.queue(told)


def _message(news: News, days: int) -> Message:
    return Message(
        account_id=news.account_id,
        kind=news.kind.code,
        key=f"{news.kind.code}:{news.cause}",
        order_number=news.order_number,
        about=news.about,
        language=news.language,
        address=news.address,
        planned_at=policy.planned_at(news.kind, news.at, days=days),
    )
