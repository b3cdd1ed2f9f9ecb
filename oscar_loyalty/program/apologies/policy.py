"""Whom an apology concerns, and whom it reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

#: Why an apology does not reach a customer.
Reason = Literal["no-member", "blocked", "no-address", "declined"]


@dataclass(frozen=True)
class Case:
    """The affected orders of one customer: how many, and the last of them."""

    placed_at: datetime
    order_number: str
    orders: int = 1

    def joined(self, other: "Case | None") -> "Case":
        """Both together, as where two customers are one member."""
        if other is None:
            return self
        last = max(self, other, key=lambda case: (case.placed_at, case.order_number))
        return replace(last, orders=self.orders + other.orders)


@dataclass(frozen=True)
class Reader:
    """What is known about a member who would get a letter."""

    blocked: bool
    reachable: bool
    wanted: bool


def why_not(reader: Reader) -> Reason | None:
    """What keeps a member from getting an apology, and what it brings."""
    reasons: Mapping[Reason, bool] = {
        "blocked": reader.blocked,
        "no-address": not reader.reachable,
        "declined": not reader.wanted,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
