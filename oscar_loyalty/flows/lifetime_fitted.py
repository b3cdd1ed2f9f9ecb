"""Once a week it is learned anew from all pasts what customers may still be worth."""

from datetime import datetime, timedelta

from oscar_loyalty.flows import sales_counted
from oscar_loyalty.program.reports import services as reports
from oscar_loyalty.program.reports.policy.estimates.outlook import SAMPLE, Learner
from oscar_loyalty.program.reports.queries import counting, months, pasts

#: What a whole shop's customers do changes slowly.
EVERY = timedelta(days=7)


def run(*, at: datetime) -> int:
    """Learn from all customers, unless that was done within a week; from how many."""
    row, known = counting.roll_up(), pasts.outlook()
    if row is None or row.counted_at is None or (known and at < known.fitted_at + EVERY):
        return 0
    basis, customers = sales_counted.current_basis(), months.customers_in_all()
    learner = Learner(basis.local_date(at), one_in=max(1, -(-customers // SAMPLE)))
    for past in pasts.all_of_them(basis, before=at):
        learner.take(past.first, past.last, past.repeats, past.spent)
    reports.keep_outlook(learner.outlook(), at=at)
    return learner.seen
