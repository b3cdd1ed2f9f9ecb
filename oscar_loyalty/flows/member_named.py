"""Somebody is asked about by whatever name is at hand."""

from uuid import UUID

from django.utils.translation import gettext as _

from oscar_loyalty.errors import NotAMember
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.shop import people


def run(text: str) -> int | None:
    """
    The account of the customer with that e-mail address, user name or id; None for no member.

    A member number does too: it is all that is left of a customer who is gone.

    :raises NotAMember: if it names nobody, or several.
    """
    text = text.strip()
    try:
        account_id = ledger_queries.numbered(UUID(text))
    except ValueError:
        account_id = None
    if account_id is not None:
        return account_id
    customers = people.named(text)
    if not customers:
        raise NotAMember(_("There is no customer %(name)s.") % {"name": text})
    if len(customers) > 1:
        ids = ", ".join(str(pk) for pk in customers)
        raise NotAMember(
            _("Several customers are called %(name)s; name one by its id: %(ids)s.")
            % {"name": text, "ids": ids}
        )
    return ledger_queries.account_of(customers[0])
