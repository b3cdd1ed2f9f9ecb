"""Staff look whom something that went wrong concerns, and keep the list as it is at that moment."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import ApologyRefused, NoProgramme
from oscar_loyalty.program.apologies import policy
from oscar_loyalty.program.apologies import queries as apologies_queries
from oscar_loyalty.program.apologies import services as apologies
from oscar_loyalty.program.apologies.models import Apology
from oscar_loyalty.program.apologies.policy import Case, Reader, Reason
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import APOLOGY
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import affected, mails
from oscar_loyalty.shop.affected import Affected

CHUNK = 2000


@transaction.atomic
def run(apology_id: int, *, at: datetime) -> None:
    """
    Make the list of all members with affected orders, and count who cannot be reached, and why.

    What is ordered, or changes, after this moment changes nothing about it.

    :raises ApologyRefused: if the apology was sent already.
    :raises NoProgramme: if there is none, and so no clock to count days by.
    """
    refuse_sent(apologies.hold_draft(apology_id))
    asked = _asked(apologies_queries.apology(apology_id))
    cases, left_out = _members(_customers(asked))
    for chunk in _chunks(sorted(cases)):
        for account_id, reason in reasons(chunk).items():
            left_out[reason] += 1
            del cases[account_id]
    left_out["guest"] = affected.count_of_guests(asked)
    apologies.make_list(apology_id, cases, +left_out, at=at)


@transaction.atomic
def choose(apology_id: int, *, shown: Collection[int], chosen: Collection[int]) -> bool:
    """
    Take those who were shown and are not chosen off the list, or put them on again; if any.

    :raises ApologyRefused: if the apology was sent already.
    """
    refuse_sent(apologies.hold_draft(apology_id))
    return apologies.choose(apology_id, shown, chosen)


def hold(apology_id: int) -> bool:
    """Within a transaction, keep a draft from being sent while it is changed; False if it was."""
    return apologies.hold_draft(apology_id)


@transaction.atomic
def forget(apology_id: int) -> None:
    """Drop a list that was made for other orders than are meant now."""
    apologies.drop_list(apology_id)


def refuse_sent(is_draft: bool) -> None:
    """
    Keep what was sent as it is.

    :raises ApologyRefused: if it is a draft no more.
    """
    if not is_draft:
        raise ApologyRefused(_("This apology is sent, or deleted; nothing about it can change."))


def reasons(account_ids: Collection[int]) -> dict[int, Reason]:
    """Those of the members whom an apology does not reach, and why."""
    owners = ledger_queries.owners_of(account_ids)
    reachable = mails.reachable([user_id for user_id, _ in owners.values() if user_id])
    willing = messages_queries.willing(APOLOGY, account_ids)
    readers = {
        pk: Reader(blocked, user_id in reachable, pk in willing)
        for pk, (user_id, blocked) in owners.items()
    }
    found = {pk: policy.why_not(reader) for pk, reader in readers.items()}
    return {pk: reason for pk, reason in found.items() if reason}


def _asked(apology: Apology) -> Affected:
    terms = terms_queries.written()
    if terms is None:
        raise NoProgramme(_("There is no programme yet."))
    first, last = apology.placed_from, apology.placed_until
    return Affected(
        apology.product_id,
        apology.partner_id,
        terms.midnight(first) if first else None,
        terms.midnight(last + timedelta(days=1)) if last else None,
        apology.statuses.splitlines(),
    )


def _customers(asked: Affected) -> dict[int, Case]:
    """The affected orders of each customer."""
    found: dict[int, Case] = {}
    for user_id, placed_at, number in affected.by_customer(asked):
        found[user_id] = Case(placed_at, number).joined(found.get(user_id))
    return found


def _members(customers: dict[int, Case]) -> tuple[dict[int, Case], Counter[str]]:
    """The same by account, and how many customers have none."""
    cases: dict[int, Case] = {}
    left_out: Counter[str] = Counter()
    for chunk in _chunks(sorted(customers)):
        accounts = ledger_queries.accounts_of(chunk)
        left_out["no-member"] += len(chunk) - len(accounts)
        for user_id, (account_id, _points) in accounts.items():
            cases[account_id] = customers[user_id].joined(cases.get(account_id))
    return cases, left_out


def _chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
