"""A review was approved, or is so no more: a buyer's points follow, once for each product."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import islice

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.facts import Purchase, ReviewFacts
from oscar_loyalty.flows import act_rewarded, message_queued, one_by_one, order_kept
from oscar_loyalty.flows.act_rewarded import Act
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.messages.policy import REVIEW_THANKS
from oscar_loyalty.program.reviews import policy
from oscar_loyalty.program.reviews import queries as reviews_queries
from oscar_loyalty.program.reviews import services as reviews
from oscar_loyalty.program.reviews.models import ReviewReward
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import reviews as shop_reviews
from oscar_loyalty.signals import announce, points_clawed_back, points_earned

CHUNK = 2000


@transaction.atomic
def run(review_id: int, *, at: datetime) -> bool:
    """
    Bring the points for a review in line with what has become of it, and of what it is about.

    Whoever bought the product before they wrote is thanked, and gets the points, once; say whether
    anything changed.
    """
    reward = reviews_queries.reward_for(review_id)
    if reward:
        return bool(out_of_step([reward])) and _settle(reward, at)
    review, terms = shop_reviews.facts_of(review_id), terms_queries.written()
    if review is None or not review.approved or terms is None:
        return False
    return review.written_at >= terms.starts_at and _decide(review, terms, at)


def follow(order_number: str, *, at: datetime) -> None:
    """Do so for all that was written about what an order bought, once something came back."""
    for reward in out_of_step(reviews_queries.resting_on([order_number])):
        _settle(reward, at)


def run_missed(*, at: datetime) -> int:
    """Do so for reviews that the signal missed, as far back as the sweep looks."""
    terms = terms_queries.written()
    if terms is None:
        return 0
    since = at - timedelta(days=conf.SWEEP_DAYS())
    missed = shop_reviews.approved_besides(
        reviews_queries.decided(), since=max(terms.starts_at, since), before=at
    )
    given, wrong = reviews_queries.given(since=since).iterator(), []
    while chunk := list(islice(given, CHUNK)):
        wrong += [reward.review_id for reward in out_of_step(chunk)]
    return sum(one_by_one.run([*missed, *wrong], partial(run, at=at)))


def out_of_step(rewards: Iterable[ReviewReward]) -> list[ReviewReward]:
    """Those that stand and should not, or the other way round."""
    rewards = list(rewards)
    if not rewards:
        return []
    approved = shop_reviews.standing({one.review_id: one.product_id for one in rewards})
    kept = order_kept.as_placed([one.order_number for one in rewards], shipping_earns=False)
    return [
        one
        for one in rewards
        if one.stands is not (one.review_id in approved and _is_kept(one, kept))
    ]


def _decide(review: ReviewFacts, terms: Terms, at: datetime) -> bool:
    account_id, bought = ledger_queries.account_of(review.user_id), _purchase_behind(review)
    if account_id is None or bought is None:
        return False
    account_id = ledger.lock_current(account_id)
    family = ledger_queries.family_of(account_id)
    known = reviews_queries.reward_of(family, review.page_id)
    if known:
        # Of a product that was rewarded before: it may take the place of a review that is gone.
        return known.review_id != review.review_id and _replace(known, review, at)
    month = terms.midnight(terms.local_date(at).replace(day=1))
    rewarded = reviews_queries.rewarded(family, since=month)
    offer = reviews_queries.offer()
    points = policy.points_for(offer, rewarded=rewarded) if terms.active else 0
    if terms.active and rewarded < offer.monthly:
        source = _source(account_id, review.page_id)
        act = Act("review", review.user_id, account_id, source, base=points)
        points += sum(act_rewarded.count(act, at=at).points.values())
    _give(account_id, review, bought, points, at)
    return True


def _give(
    account_id: int, review: ReviewFacts, bought: Purchase, points: int, at: datetime
) -> None:
    reward = ReviewReward(
        account_id=account_id,
        product_id=review.page_id,
        review_id=review.review_id,
        order_number=bought.order_number,
        line_id=bought.line_id,
        points=points,
        given_at=at,
    )
    reviews.record(reward)
    if points:
        key = policy.key(account_id, review.page_id)
        ledger.accrue(account_id, Accrual(points, Cause("bonus", key, reason=policy.REASON), at))
        announce(points_earned, account_id=account_id, points=points, source=key, order_number="")
    news = News(REVIEW_THANKS, account_id, str(reward), at, about=str(review.review_id))
    message_queued.run([news])


def _replace(reward: ReviewReward, review: ReviewFacts, at: datetime) -> bool:
    if reward.stands or not reward.points:
        return False
    reviews.replace(reward, review.review_id)
    return _settle(reward, at)


def _settle(reward: ReviewReward, at: datetime) -> bool:
    """Take the points back, or give them again; whoever has left is left alone."""
    if not reward.points or ledger_queries.owner_of(reward.account_id) is None:
        return False
    account_id = ledger.lock_current(reward.account_id)
    reward.refresh_from_db()
    bought = _bought_still(reward)
    if bought:
        reviews.rest_on(reward, bought)
    if reward.stands is (bought is not None):
        return False
    reward.turns += 1
    if bought:
        _give_again(reward, account_id, at)
    else:
        _take_back(reward, account_id, at)
    reviews.turn(reward)
    earning.turn_uses(_source(reward.account_id, reward.product_id), counts=bought is not None)
    return True


def _take_back(reward: ReviewReward, account_id: int, at: datetime) -> None:
    """What has expired is gone and not taken twice."""
    terms = terms_queries.written()
    causes = policy.keys(reward.account_id, reward.product_id, turns=reward.turns)
    points = reward.points - ledger_queries.expired_of_causes(causes)
    cause = _turned(reward)
    reward.taken_back_at = at
    reward.taken = ledger.take_back(
        account_id, points, cause, at=at, may_owe=terms is None or terms.clawback == "debt"
    )
    if reward.taken:
        announce(
            points_clawed_back,
            account_id=account_id,
            points=reward.taken,
            source=cause.key,
            order_number="",
        )


def _give_again(reward: ReviewReward, account_id: int, at: datetime) -> None:
    """As old as they were, and no more than was taken."""
    points, cause = reward.taken, _turned(reward)
    reward.taken_back_at, reward.taken = None, 0
    if points:
        ledger.accrue(account_id, Accrual(points, cause, at, earned_at=reward.given_at))
        announce(
            points_earned, account_id=account_id, points=points, source=cause.key, order_number=""
        )


def _source(account_id: int, product_id: int) -> str:
    return f"review:{account_id}:{product_id}"


def _turned(reward: ReviewReward) -> Cause:
    key = policy.turn_key(reward.account_id, reward.product_id, reward.turns)
    return Cause("adj", key, reason=policy.REASON)


def _bought_still(reward: ReviewReward) -> Purchase | None:
    """The purchase that the points rest on, or another that bears them; None without a review."""
    if not shop_reviews.standing({reward.review_id: reward.product_id}):
        return None
    kept = order_kept.as_placed([reward.order_number], shipping_earns=False)
    if _is_kept(reward, kept):
        return Purchase(reward.order_number, reward.line_id, reward.given_at)
    review = shop_reviews.facts_of(reward.review_id)
    return _purchase_behind(review) if review else None


def _is_kept(reward: ReviewReward, kept: Mapping[str, Mapping[int, Fraction]]) -> bool:
    """An order that is gone from the shop stays as it was."""
    shares = kept.get(reward.order_number)
    return shares is None or shares.get(reward.line_id, 0) > 0


def _purchase_behind(review: ReviewFacts) -> Purchase | None:
    bought = shop_reviews.purchases(review)
    numbers = list(dict.fromkeys(one.order_number for one in bought))
    kept: dict[int, Fraction] = {}
    for shares in order_kept.as_placed(numbers, shipping_earns=False).values():
        kept |= shares
    return policy.purchase_behind(bought, kept, written_at=review.written_at)
