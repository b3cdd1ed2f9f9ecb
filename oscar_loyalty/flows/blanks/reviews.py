"""Letters about reviews, and about what goes with what was bought."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from django.utils.translation import ngettext

from oscar_loyalty.flows import order_kept
from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.reviews import queries as reviews_queries
from oscar_loyalty.shop import mails, suggestions
from oscar_loyalty.shop import reviews as shop_reviews
from oscar_loyalty.words.wording import linked, sentence

#: So many products are named, or a mail would become a list.
ASKED_ABOUT = 10
SUGGESTED = 4
#: What was bought together longer ago may be out of fashion.
COUNTED = timedelta(days=365)

Pages = Iterable[tuple[str, str]]


def _request(telling: Telling) -> Values:
    return {
        **topic.order(telling.message),
        "products": _listed(_to_review(telling.message)),
        "reward": _reward(),
    }


def _thanks(telling: Telling) -> Values:
    about = telling.message.about
    reward = reviews_queries.reward_for(int(about)) if about else None
    if reward is None:
        return {}
    titles = shop_reviews.titles_of([reward.product_id])
    return {
        "product": titles.get(reward.product_id, ""),
        "earned": topic.points(reward.points),
    }


def _related(telling: Telling) -> Values:
    found = _suggested(telling.message, telling.at)
    return {**topic.order(telling.message), "products": _listed(found)}


def _is_left_to_review(message: Message, at: datetime) -> bool:
    return bool(_to_review(message))


def _is_approved_still(message: Message, at: datetime) -> bool:
    reward = reviews_queries.reward_for(int(message.about))
    if reward is None or not reward.stands:
        return False
    return bool(shop_reviews.standing({reward.review_id: reward.product_id}))


def _is_something_related(message: Message, at: datetime) -> bool:
    return bool(_suggested(message, at))


def _to_review(message: Message) -> list[tuple[str, str]]:
    """What the member has kept of the order and not reviewed."""
    number = message.order_number
    shares = order_kept.as_placed([number], shipping_earns=False).get(number, {})
    kept = [line_id for line_id, share in shares.items() if share > 0]
    return list(islice(shop_reviews.to_review(kept), ASKED_ABOUT))


def _suggested(message: Message, at: datetime) -> list[tuple[str, str]]:
    return suggestions.beside(message.order_number, since=at - COUNTED, limit=SUGGESTED)


def _listed(pages: Pages) -> str:
    return linked((title, mails.base_url() + path) for title, path in pages)


def _reward() -> str:
    points = reviews_queries.offer().points
    if not points:
        return ""
    words = ngettext(
        "For each review that we publish you get {points} point.",
        "For each review that we publish you get {points} points.",
        points,
    )
    return sentence(words, points=points)


TOPICS = {
    "review-request": Topic(_request, still_true=_is_left_to_review),
    "review-thanks": Topic(_thanks, still_true=_is_approved_still),
    "related-products": Topic(_related, still_true=_is_something_related),
}
