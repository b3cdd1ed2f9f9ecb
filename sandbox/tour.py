"""
The demo without hands: ``python -m sandbox.tour``.

Opens a shop of its own in a temporary folder, goes shopping in it over HTTP as Dora, who is Silver,
until she is Gold, checks every number on the way, and reads what a worker has sent her meanwhile.
Ends with 0 only if all came out right.
"""

import os
import signal
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

from sandbox import children, demo
from sandbox.pages import PageProblem
from sandbox.reckoning import Reckoning, worth
from sandbox.shop import ladder, people
from sandbox.visitor import Cart, Visitor

FIRST_CART = Cart(("Frying Pan", "Digging Fork", "Teapot"), "Standard")
SECOND_CART = Cart(("The Planets", "Walden"), "Express", music=("The Planets",))
THIRD_CART = Cart(("Dracula",), "Standard", points=250)


class WrongNumber(AssertionError):
    """A page shows something else than it should."""


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with TemporaryDirectory(prefix="loyalty-tour-") as folder:
        try:
            _open_shop_and(_tour, Path(folder))
        except (WrongNumber, PageProblem, children.StartFailed) as problem:
            print(f"\nThe tour went wrong: {problem}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nThe tour was broken off.", file=sys.stderr)
            return 1
    print("\nAll numbers came out right.")
    return 0


def _open_shop_and(visit: Callable[[str], None], folder: Path) -> None:
    """A fresh shop for one visit, away from the demo's own database and from any other."""
    os.environ["SANDBOX_VAR"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    port = children.any_free_port()
    os.environ["PORT"] = str(port)
    demo.prepare()
    home = f"http://{children.HOST}:{port}/"
    with children.running(children.server(port), children.worker(), logs=folder) as started:
        children.wait_for(home, started[0])
        try:
            visit(home)
        except PageProblem as problem:
            words = [f"The {one.name}'s last words:\n{one.last_words()}" for one in started]
            raise PageProblem("\n".join([str(problem), *words])) from None


def _tour(home: str) -> None:
    full = _bob_asks_for_shipping(home)
    dora = Visitor(home)
    member = _dora_arrives(dora)
    member = _buy(dora, member, FIRST_CART, full)
    check("her tier", dora.tier(), ladder.GOLD.name)
    check("a notification", dora.newest_notification(), f"Welcome to {ladder.GOLD.name}")
    member = _buy(dora, member, SECOND_CART, full)
    check("her tier", dora.tier(), ladder.GOLD.name)
    _buy(dora, member, THIRD_CART, full)


def _bob_asks_for_shipping(home: str) -> dict[str, Decimal]:
    """The full prices of shipping, as a shopper without a tier sees them."""
    say("Bob is new. He signs in, puts a book into the basket and asks what shipping costs.")
    bob = Visitor(home)
    bob.sign_in(people.BOB.email, people.BOB.password)
    bob.put_into_basket("Dracula")
    full = bob.shipping_prices()
    for method, price in full.items():
        note(f"{method}: £{price}")
    return full


def _dora_arrives(dora: Visitor) -> Reckoning:
    say("Dora signs in. Her old orders were given their points when the programme opened.")
    dora.sign_in(people.DORA.email, people.DORA.password)
    member = Reckoning()
    for goods in dora.past_goods():
        earned = member.earns(goods)
        at = member.rung.name or "no tier yet"
        note(f"an order of £{goods}, {at}: {earned} points")
        member = member.after(goods)
    check("her balance", dora.balance(), member.points)
    check("her tier", dora.tier(), ladder.SILVER.name)
    note(f"£{ladder.GOLD.threshold - member.spent} more makes her {ladder.GOLD.name}")
    return member


def _buy(dora: Visitor, member: Reckoning, cart: Cart, full: dict[str, Decimal]) -> Reckoning:
    say(f"Dora, {member.rung.name}, buys {', '.join(cart.titles)}; {cart.method} shipping.")
    prices = {title: dora.put_into_basket(title) for title in cart.titles}
    music = sum((prices[title] for title in cart.music), Decimal(0))
    goods = member.goods(sum(prices.values(), Decimal(0)), music)
    if cart.points:
        check("points spent in the basket", dora.spend_points(cart.points), cart.points)
        goods -= worth(cart.points)
    for method, price in dora.shipping_prices().items():
        check(f"{method} shipping", price, member.shipping(full[method]))
    shipping = member.shipping(full[cart.method])
    bill = dora.preview(cart.method)
    check("goods", bill.goods, goods)
    check("shipping", bill.shipping, shipping)
    check("to pay", bill.total, goods + shipping)
    number, points = dora.place_order()
    note(f"order {number} is placed")
    check("points for it", points, member.earns(goods))
    check("goods, on the order's page", dora.order(number).goods, goods)
    member = member.after(goods, cart.points)
    check("her balance", dora.balance(), member.points)
    check("points in the mail about it", dora.thanked_points(number), points)
    return member


def say(sentence: str) -> None:
    print(f"\n{sentence}", flush=True)


def note(fact: str) -> None:
    print(f"    {fact}", flush=True)


def check(what: str, seen: object, expected: object) -> None:
    """
    :raises WrongNumber: if the page does not show what was worked out.
    """
    if seen != expected:
        raise WrongNumber(f"{what}: the page shows {seen}, but {expected} was expected.")
    pounds = "£" if isinstance(seen, Decimal) else ""
    print(f"  ✓ {what}: {pounds}{seen}", flush=True)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
