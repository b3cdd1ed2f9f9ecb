"""Terms that tests vary: a point for a pound, a hundred points for one."""

from datetime import datetime, timezone
from decimal import Decimal

from oscar_loyalty.program.terms.policy import Terms

TERMS = Terms(
    active=True,
    currency="GBP",
    time_zone="Europe/London",
    earn_points=1,
    earn_amount=Decimal("1.00"),
    base="incl-tax",
    counts_shipping=False,
    minimum_order=Decimal("0.00"),
    value_points=100,
    value_amount=Decimal("1.00"),
    spendable="at-once",
    spendable_after_days=0,
    spendable_status="",
    signup_points=0,
    redeemable=True,
    redeem_minimum=0,
    redeem_step=1,
    redeem_share=100,
    redeem_without_tier=True,
    earns_on_redeemed=False,
    clawback="debt",
    return_grace_days=30,
    measure="spend",
    window="rolling",
    window_months=12,
    downgrade="to-qualified",
    grace_days=0,
    expiry="never",
    expiry_months=12,
    expiry_dates="",
    expiry_grace_days=30,
    expiry_after_warning=False,
    expiry_tightened_at=None,
    active_by_orders=True,
    active_by_earning=False,
    active_by_spending=False,
    starts_at=datetime(2020, 1, 1, tzinfo=timezone.utc),
)
