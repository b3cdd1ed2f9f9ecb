"""What the demo programme promises a member, worked out with pencil and paper."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from sandbox.shop.ladder import LADDER, NO_TIER, POINTS_FOR_A_POUND, POINTS_PER_POUND, Rung

PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Reckoning:
    """A member's points and what they spent on goods, orders taken one by one, oldest first."""

    spent: Decimal = Decimal(0)
    points: int = 0

    @property
    def rung(self) -> Rung:
        reached = [rung for rung in LADDER if self.spent >= rung.threshold]
        return reached[-1] if reached else NO_TIER

    def earns(self, goods: Decimal) -> int:
        """The points an order of goods at this price brings, at the tier held before it."""
        raw = goods * POINTS_PER_POUND * self.rung.multiplier
        return int(raw.quantize(Decimal(1), ROUND_DOWN))

    def after(self, goods: Decimal, redeemed: int = 0) -> "Reckoning":
        points = self.points + self.earns(goods) - redeemed
        return Reckoning(self.spent + goods, points)

    def shipping(self, full: Decimal) -> Decimal:
        """What a shipping method of this price costs the member."""
        return full - percentage(full, self.rung.shipping_off)

    def goods(self, shelf: Decimal, music: Decimal) -> Decimal:
        """What goods cost the member of which `music`, at shelf prices, is on offer to them."""
        return shelf - percentage(music, self.rung.music_off)


def worth(points: int) -> Decimal:
    """What points pay, in pounds."""
    return (Decimal(points) / POINTS_FOR_A_POUND).quantize(PENNY, ROUND_DOWN)


def percentage(amount: Decimal, share: Decimal) -> Decimal:
    """Oscar rounds a discount down to the penny."""
    return (amount * share / 100).quantize(PENNY, ROUND_DOWN)
