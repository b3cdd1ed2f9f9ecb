"""The books are audited once a day, and whenever staff ask; what was found is kept for them."""

from datetime import datetime

from oscar_loyalty.flows import books_audited
from oscar_loyalty.program.ledger.services import audits


def ask(*, at: datetime) -> None:
    """Let the next round of the due jobs audit the books."""
    audits.ask(at=at)


def run(*, at: datetime) -> int:
    """Audit the books if that is due; how much was found."""
    if not audits.begin(at=at):
        return 0
    # Not in one transaction with its beginning: that one must be seen by others at once.
    audit = books_audited.run(at=at)
    audits.finish(audit.members, audit.orders, audit.violations, at=at)
    return len(audit.violations)
