"""
What staff do in the Django admin: set the programme and the ladder up, look at the books, and
correct a member's points or tier. Importing a module registers its pages.
"""

from oscar_loyalty.admin import (
    apologies,
    awards,
    coupons,
    entries,
    flash_sales,
    holds,
    members,
    messages,
    occasions,
    programme,
    reviews,
    rules,
    surprises,
    tiers,
    winback,
)

__all__ = [
    "apologies",
    "awards",
    "coupons",
    "entries",
    "flash_sales",
    "holds",
    "members",
    "messages",
    "occasions",
    "programme",
    "reviews",
    "rules",
    "surprises",
    "tiers",
    "winback",
]
