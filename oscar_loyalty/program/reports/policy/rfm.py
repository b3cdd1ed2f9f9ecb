"""
Groups of customers by recency, frequency and monetary value (RFM).

Each is scored from 1 to 5 by its place among all customers, equals alike; frequency and money
together say how good a customer is, recency whether they still are.
"""

from typing import Literal, get_args

Group = Literal["best", "faithful", "promising", "slipping", "missed", "asleep"]
GROUPS: tuple[Group, ...] = get_args(Group)
#: The highest score.
BEST = 5


def group_of(recency: int, frequency: int, money: int) -> Group:
    """The group of who has these scores."""
    is_good = frequency + money >= 6
    if recency >= 4:
        if frequency + money >= 8:
            return "best"
        return "faithful" if is_good else "promising"
    if recency == 3:
        return "faithful" if is_good else "slipping"
    return "missed" if is_good else "asleep"
