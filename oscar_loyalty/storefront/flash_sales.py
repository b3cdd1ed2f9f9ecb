"""What a product's page and the basket say of flash sales, without a query while none is on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import prefetch_related_objects
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.facts import LineFacts
from oscar_loyalty.program.campaigns import policy
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.policy import Sale
from oscar_loyalty.program.campaigns.queries import Stock
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import baskets, on_sale, products
from oscar_loyalty.words import sales
from oscar_loyalty.words.wording import counted, sentence


@dataclass(frozen=True)
class Panel:
    """The sale's name, and what there is to say of it: what it costs, until when, how many."""

    name: str
    sentences: tuple[SafeString, ...]


def panel(
    product: Any, strategy: Any, membership: Membership | None, *, at: datetime
) -> Panel | None:
    """
    The flash sale that a product is in; None where nobody buys in one by now.

    Units are counted as the page is made. While no sale is on, the cache answers.
    """
    tier = membership.tier if membership else None
    rank = tier.rank if tier else None
    for known in _about(product, _begun(at)):
        account_id = membership.account_id if membership else None
        stock = campaigns_queries.stock_of(known.sale_id, account_id=account_id, basket_id=None)
        if stock is None or not _is_on(stock.sale, at):
            continue
        cost = _cost(product, strategy, stock.sale)
        if cost is not None:
            told = _open(stock, cost, product) if stock.sale.is_open(rank, at) else ()
            return Panel(str(stock.sale.name), (*told, *_turns(stock.sale, rank, at)))
    return None


def are_on(product: Any, *, at: datetime) -> bool:
    """Whether a flash sale may lower the product's price for somebody, as far as pages know."""
    return any(_about(product, _begun(at)))


def in_basket(basket: Any) -> list[SafeString]:
    """What flash sales do for the basket, and why not for all of it; asks the database nothing."""
    found = getattr(basket, "loyalty_sales", {}).values()
    return [_told(allotted) for allotted in found if allotted]


def _begun(at: datetime) -> list[Sale]:
    return [sale for sale in campaigns_queries.display_sales() if _is_on(sale, at)]


def _is_on(sale: Sale, at: datetime) -> bool:
    """Whether it is somebody's turn."""
    return sale.active and sale.first_opens_at <= at < sale.ends_at


def _about(product: Any, running: Iterable[Sale]) -> Iterator[Sale]:
    running = list(running)
    ranges = _ranges(product, [sale.range_id for sale in running if sale.range_id is not None])
    variants: set[int] = set()
    if product.is_parent and running:
        variants = on_sale.variants_among(product.pk, [sale.product_id for sale in running])
    for sale in running:
        ours = sale.is_about(product.pk, product.parent_id) or sale.product_id in variants
        if ours or sale.range_id in ranges:
            yield sale


def _ranges(product: Any, ranges: list[int]) -> set[int]:
    """Those of the ranges that hold the product, as pages may show them."""
    if not ranges:
        return set()
    key = f"oscar_loyalty.on_sale.{product.pk}.{'.'.join(map(str, ranges))}"
    found: set[int] | None = cache.get(key)
    if found is None:
        line = LineFacts(
            line_id=0,
            title="",
            quantity=1,
            paid_incl_tax=policy.ZERO,
            paid_excl_tax=policy.ZERO,
            product_id=product.pk,
            parent_id=product.parent_id,
            product_class_id=products.class_of(product),
        )
        _categories, holders = products.holders([line], ranges=ranges)
        found = set(holders.get(product.pk, ()))
        cache.set(key, found, campaigns_queries.DISPLAY_SECONDS)
    return found


def _cost(product: Any, strategy: Any, sale: Sale) -> SafeString | None:
    """What it costs in the sale; None where that is no less than without."""
    if product.is_parent:
        words = _("Now for {value}.") if sale.kind == "price" else _("Now {value} off.")
        return sentence(words, value=sales.value(sale))
    prefetch_related_objects([product], "stockrecords")
    price = strategy.fetch_for_product(product).price
    if not price.exists or not product.is_discountable:
        return None
    if sale.kind == "price" and price.currency != sale.currency:
        return None
    before = price.incl_tax if price.is_tax_known else price.excl_tax
    off = policy.off(before, sale, baskets.coin([(before, product)], price.currency))
    return sales.reduced(before - off, before, price.currency) if off > 0 else None


def _open(stock: Stock, cost: SafeString, product: Any) -> Iterator[SafeString]:
    sale = stock.sale
    left = min(stock.left, on_sale.in_stock(product, most=stock.left))
    known = earning_queries.display_terms()
    yield cost
    until = sales.moment(sale.ends_at, known[0] if known else None)
    yield sentence(_("Until {moment}."), moment=until)
    if left:
        words = ngettext(
            "{left} of {units} is left at this price.",
            "{left} of {units} are left at this price.",
            left,
        )
        yield sentence(words, left=counted(left, "units-left"), units=sale.units)
    else:
        yield sentence(_("All of them are sold, or being paid at this moment."))
    yield from _limit(stock)


def _limit(stock: Stock) -> Iterator[SafeString]:
    most = stock.sale.per_customer
    if most is None:
        return
    if stock.had >= most:
        yield sentence(_("You have had yours: another one costs the normal price."))
        return
    words = ngettext("At most {most} for a customer.", "At most {most} for each customer.", most)
    yield sentence(words, most=most)


def _turns(sale: Sale, rank: int | None, at: datetime) -> Iterator[SafeString]:
    """Whose turn it is not yet."""
    known = earning_queries.display_terms()
    terms = known[0] if known else None
    mine = sale.opens_at(rank)
    if mine is None:
        yield sentence(_("Only for members of some tiers."))
    elif mine > at:
        words = _("Members of some tiers buy before all others. Your turn begins: {moment}.")
        yield sentence(words, moment=sales.moment(mine, terms))
    elif not sale.tiers_only and sale.starts_at > at:
        words = _("You buy before all others, whose turn begins: {moment}.")
        yield sentence(words, moment=sales.moment(sale.starts_at, terms))


def _told(allotted: Any) -> SafeString:
    values = {"sale": allotted.name, "units": allotted.units, "items": allotted.items}
    if not allotted.units:
        return _none(allotted)
    if not allotted.why:
        words = ngettext(
            "{units} item has the price of the flash sale {sale}, and is kept for you when you "
            "pay.",
            "{units} items have the price of the flash sale {sale}, and are kept for you when you "
            "pay.",
            allotted.units,
        )
    elif allotted.why == "limit":
        words = ngettext(
            "{units} of {items} has the price of the flash sale {sale}, for a customer gets no "
            "more; the rest costs the normal price.",
            "{units} of {items} have the price of the flash sale {sale}, for a customer gets no "
            "more; the rest costs the normal price.",
            allotted.units,
        )
    else:
        words = ngettext(
            "{units} of {items} has the price of the flash sale {sale}, for no more are left; "
            "the rest costs the normal price.",
            "{units} of {items} have the price of the flash sale {sale}, for no more are left; "
            "the rest costs the normal price.",
            allotted.units,
        )
    return sentence(words, **values)


def _none(allotted: Any) -> SafeString:
    if allotted.why == "limit":
        words = _("You have had yours of the flash sale {sale}: more of it costs the normal price.")
    else:
        words = _("The flash sale {sale} has no units left: this costs the normal price.")
    return sentence(words, sale=allotted.name)
