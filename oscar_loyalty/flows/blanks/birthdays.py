"""Letters for a birthday."""

from datetime import datetime

from oscar_loyalty.flows.blanks import presents
from oscar_loyalty.flows.blanks.topic import Topic
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.messages.models import Message


def _can_be_used(message: Message, at: datetime) -> bool:
    """The coupon was in the account before the letter leaves."""
    return not coupons_queries.is_over(message.key, at=at)


TOPICS = {"birthday": Topic(presents.brought, still_true=_can_be_used)}
