"""What staff write when they act on a member: who they are, and why they do it."""

from django.utils.translation import gettext as _

from oscar_loyalty.errors import AccountClosed, InvalidCause, NoteMissing, OwnAccount
from oscar_loyalty.program.ledger import policy
from oscar_loyalty.program.ledger import queries as ledger_queries


def note(text: str) -> str:
    """
    The note as it will stand in the books.

    :raises NoteMissing: if it says nothing.
    :raises InvalidCause: if it cannot be read.
    """
    if not text.strip():
        raise NoteMissing(_("Write a note that says why."))
    if not policy.is_legible("".join(text.split())):
        raise InvalidCause(_("The note contains characters that cannot be read."))
    return text.strip()


def actor(actor_id: int, *account_ids: int, refusal: str) -> str:
    """
    The name of the member of staff in the books, who acts on these accounts.

    :raises OwnAccount: with the `refusal`, if one of them is their own.
    """
    if ledger_queries.account_of(actor_id) in account_ids:
        raise OwnAccount(refusal)
    return f"user:{actor_id}"


def refuse_closed(account_id: int) -> None:
    """
    Keep staff from acting on an account that is no more.

    :raises AccountClosed: if it was merged into another.
    """
    if ledger_queries.is_closed(account_id):
        raise AccountClosed(_("This account was merged into another one; change that one instead."))
