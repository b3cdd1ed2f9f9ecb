"""Points for reviews are audited with the books: rewards, entries and reviews say the same."""

from collections.abc import Iterator, Sequence

from oscar_loyalty.flows import review_rewarded
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.queries import Violation
from oscar_loyalty.program.reviews import policy
from oscar_loyalty.program.reviews import queries as reviews_queries
from oscar_loyalty.program.reviews.models import ReviewReward


def booked(rewards: Sequence[ReviewReward]) -> Iterator[Violation]:
    """The books hold what each review got, and not what was taken back."""
    keys = {one.pk: policy.keys(one.account_id, one.product_id, turns=one.turns) for one in rewards}
    posted = ledger_queries.posted([key for some in keys.values() for key in some])
    for one in rewards:
        if sum(posted.get(key, 0) for key in keys[one.pk]) != one.points - one.taken:
            yield Violation("points for a review are in the books", one.account_id, str(one))


def known(keys: Sequence[str], *, account_id: int | None) -> Iterator[Violation]:
    """Whatever was given for a review has its row."""
    for key in sorted({*keys} - reviews_queries.keys_among(keys)):
        yield Violation("points in the books were for a review", account_id, key)


def kept(rewards: Sequence[ReviewReward]) -> Iterator[Violation]:
    """Who has points for a review bought what it is about, had the due jobs run."""
    for one in review_rewarded.out_of_step(rewards):
        rule = "points stay with a review and what was bought"
        yield Violation(rule, one.account_id, str(one))
