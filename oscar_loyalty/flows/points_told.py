"""What came back changed a member's points: they are told once, however many lines it was."""

from datetime import datetime, timedelta

from oscar_loyalty.flows import message_queued
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import POINTS_RETURNED
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption.models import Hold

#: Staff return the lines of an order one by one; what they do until then is told together.
A_WHILE = timedelta(minutes=15)


def standing_of(award: Award | None, hold: Hold | None) -> str:
    """What an order has given and what came back of the points spent on it, to be compared with."""
    return f"{award.booked if award else 0}:{hold.returned if hold else 0}"


def run(order_number: str, account_id: int, before: str, *, at: datetime) -> None:
    """Tell the member what has changed since `before`, unless a message waits that will."""
    if not message_queued.is_on(POINTS_RETURNED):
        return
    if messages_queries.waits(POINTS_RETURNED, order_number):
        return
    cause, later = f"{order_number}:{at.isoformat()}", at + A_WHILE
    news = News(POINTS_RETURNED, account_id, cause, later, order_number, about=before)
    message_queued.run([news])


def since(order_number: str, before: str) -> tuple[int, int]:
    """Points given (negative: taken back) and returned (negative: spent again) since then."""
    award = earning_queries.award_of(order_number)
    hold = redemption_queries.spending_on([order_number]).get(order_number)
    now = standing_of(award, hold)
    (booked, returned), (had, had_back) = (map(int, told.split(":")) for told in (now, before))
    return booked - had, returned - had_back
