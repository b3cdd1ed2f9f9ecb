"""Something happened that a member is told about, if staff have switched such messages on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.messages.policy import Kind, Plan


@dataclass(frozen=True)
class News:
    """
    What to tell whom, and the moment it happened; told once for each `cause`, by each channel.

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
    return kind.code in messages_queries.active_plans()


def run(happened: Iterable[News]) -> None:
    """Queue the messages of all kinds that are switched on, in one statement."""
    plans = messages_queries.active_plans()
    known = ((news, plans.get(news.kind.code)) for news in happened)
    told = [message for news, plan in known if plan for message in _messages(news, plan)]
    if told:
        messages.queue(told)


def _messages(news: News, plan: Plan) -> Iterator[Message]:
    for channel in policy.channels_for(news.kind, plan.channels, address=news.address):
        yield Message(
            account_id=news.account_id,
            kind=news.kind.code,
            channel=channel,
            key=policy.key_of(news.kind, news.cause, channel=channel),
            order_number=news.order_number,
            about=news.about,
            language=news.language,
            address=news.address,
            planned_at=policy.planned_at(news.kind, news.at, days=plan.days),
        )
