"""What a member is told because of an order: thanks at once, all else some days later."""

from datetime import datetime

from oscar_loyalty.flows import message_queued
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.messages.policy import (
    CHECK_IN,
    RELATED_PRODUCTS,
    REVIEW_REQUEST,
    THANK_YOU,
)

KINDS = (THANK_YOU, CHECK_IN, REVIEW_REQUEST, RELATED_PRODUCTS)


def run(award: Award, *, language: str, at: datetime) -> None:
    """Queue what is switched on; nothing for an order that is old when it is first seen."""
    number = award.order_number
    message_queued.run(
        News(kind, award.account_id, number, award.placed_at, number, language=language)
        for kind in KINDS
        if award.placed_at + kind.fresh_for > at
    )
