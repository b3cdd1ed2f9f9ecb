"""What staff have released goes to everybody on the list: a letter, and what it brings, once."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import partial

from oscar_loyalty.flows import (
    apology_listed,
    coupon_given,
    message_queued,
    one_by_one,
    presents_given,
)
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.apologies import queries as apologies_queries
from oscar_loyalty.program.apologies import services as apologies
from oscar_loyalty.program.apologies.models import Apology, ApologyRecipient
from oscar_loyalty.program.coupons.policy import Gift
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages.policy import APOLOGY
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms

#: Their accounts are locked as long as it takes to give so many a coupon.
CHUNK = 200

Outcome = ApologyRecipient.Outcome


def run(*, at: datetime) -> int:
    """Go on with every apology that was released; how many members were told."""
    return sum(one_by_one.run(apologies_queries.going(), partial(send, at=at)))


def send(apology_id: int, *, at: datetime) -> int:
    """
    Tell everybody on the list who was not told yet; how many were told.

    Nothing happens while the programme, or such messages, are switched off. Broken off, it goes on
    where it was.

    :raises RuntimeError: at the end, if some could not be told; they are told another time.
    """
    terms = terms_queries.current()
    if terms is None or not message_queued.is_on(APOLOGY):
        return 0
    tell = partial(_tell, apology_id, terms=terms, at=at)
    told = one_by_one.run_chunks(_chunks(apology_id), tell)
    apologies.finish(apology_id, at=at)
    return told


def gift_of(apology: Apology) -> Gift:
    """
    The coupon that it brings.

    :raises InvalidCoupon: if what staff have chosen is not there any more.
    """
    return coupon_given.gift_of(
        apology.gives, apology.value, minimum=apology.minimum, range_id=apology.range_id
    )


def _tell(apology_id: int, recipient_ids: list[int], *, terms: Terms, at: datetime) -> int:
    apology = apologies.lock(apology_id)
    waiting = apologies_queries.waiting_among(recipient_ids)
    now_at = _locked(apology, [recipient.account_id for recipient in waiting])
    outcomes = _outcomes(apology, waiting, now_at)
    told = {
        now_at[recipient.account_id]: recipient
        for recipient in waiting
        if outcomes[recipient.pk] == Outcome.TOLD
    }
    keys = {account_id: recipient.key for account_id, recipient in told.items()}
    presents_given.run(apology, keys, action="apology", terms=terms, at=at)
    message_queued.run(
        # Without the number of the order: it may be about one that was cancelled.
        News(APOLOGY, account_id, recipient.cause, at, about=str(recipient.pk))
        for account_id, recipient in told.items()
    )
    apologies.settle(outcomes, at=at)
    return len(told)


def _outcomes(
    apology: Apology, waiting: Collection[ApologyRecipient], now_at: Mapping[int, int]
) -> dict[int, str]:
    """What becomes of each: two who are one member by now are told once."""
    current = list(now_at.values())
    told = apologies_queries.told_in(apology.pk, current)
    reasons = apology_listed.reasons(current)
    outcomes: dict[int, str] = {}
    for recipient in waiting:
        account_id = now_at[recipient.account_id]
        first = Outcome.ONCE if account_id in told else Outcome.TOLD
        outcomes[recipient.pk] = reasons.get(account_id, first)
        told.add(account_id)
    return outcomes


def _locked(apology: Apology, account_ids: Collection[int]) -> dict[int, int]:
    """The accounts by which these members go on, which nobody merges any more."""
    while True:
        now_at = ledger_queries.open_accounts_of(account_ids)
        presents_given.lock(apology, set(now_at.values()))
        # While we waited, one may have been merged.
        if ledger_queries.open_accounts_of(account_ids) == now_at:
            return now_at


def _chunks(apology_id: int) -> Iterator[list[int]]:
    last = 0
    while chunk := apologies_queries.waiting_after(apology_id, last, limit=CHUNK):
        last = chunk[-1]
        yield chunk
