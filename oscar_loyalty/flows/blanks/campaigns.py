"""Letters about campaigns."""

from datetime import datetime

from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.campaigns import policy
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.queries import Stock
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.shop import mails, on_sale
from oscar_loyalty.shop.on_sale import Goods
from oscar_loyalty.words import sales


def _flash_sale(telling: Telling) -> Values:
    about = telling.message.about
    # Who only looks at a text sees any one.
    any_one = next(iter(campaigns_queries.unsettled()), None)
    sale_id = int(about) if about else any_one and any_one.sale_id
    stock = sale_id and _stock(sale_id, telling.message.account_id)
    if not stock:
        return {}
    sale = stock.sale
    title, path = on_sale.page_of(Goods(sale.product_id, sale.range_id))
    return {
        "sale": str(sale.name),
        "product": title,
        "price": sales.value(sale) if sale.kind == "price" else "",
        "discount": sales.value(sale) if sale.kind == "percentage" else "",
        "until": sales.moment(sale.ends_at, telling.terms),
        "left": sales.left(stock.left),
        "sale_url": mails.base_url() + path if path else "",
    }


def _is_to_be_had(message: Message, at: datetime) -> bool:
    """By this member: the sale is on, has units left, and they have not had theirs."""
    stock = _stock(int(message.about), message.account_id)
    if stock is None:
        return False
    sale = stock.sale
    rank = tiers_queries.ranks_of([message.account_id]).get(message.account_id)
    units, _why = policy.most(stock.left, stock.had, sale.per_customer)
    title, _path = on_sale.page_of(Goods(sale.product_id, sale.range_id))
    return bool(title) and units > 0 and sale.is_open(rank, at)


def _stock(sale_id: int, account_id: int) -> Stock | None:
    return campaigns_queries.stock_of(sale_id, account_id=account_id, basket_id=None)


TOPICS = {"flash-sale": Topic(_flash_sale, still_true=_is_to_be_had)}
