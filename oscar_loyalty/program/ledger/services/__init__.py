"""
The only writer of the books. Every post locks its account first, by an UPDATE of its row: that is
the one statement order that never overspends and never fails on SQLite either.
"""

from oscar_loyalty.program.ledger.services.accounts import (
    block,
    lock,
    lock_current,
    open_account,
    open_accounts,
    pause,
    unblock,
)
from oscar_loyalty.program.ledger.services.corrections import adjust, take_back
from oscar_loyalty.program.ledger.services.erasing import (
    forget_notes,
    forget_owner,
    note_nameless,
    write_off,
)
from oscar_loyalty.program.ledger.services.lapsing import expire_due, warn
from oscar_loyalty.program.ledger.services.merging import merge
from oscar_loyalty.program.ledger.services.orders import settle_order
from oscar_loyalty.program.ledger.services.past import post_history
from oscar_loyalty.program.ledger.services.posting import accrue
from oscar_loyalty.program.ledger.services.returns import give_back
from oscar_loyalty.program.ledger.services.spending import let_go, redeem, reserve
from oscar_loyalty.program.ledger.services.waiting import mature_due, mature_order

__all__ = [
    "accrue",
    "adjust",
    "block",
    "expire_due",
    "forget_notes",
    "forget_owner",
    "give_back",
    "let_go",
    "lock",
    "lock_current",
    "mature_due",
    "mature_order",
    "merge",
    "note_nameless",
    "open_account",
    "open_accounts",
    "pause",
    "post_history",
    "redeem",
    "reserve",
    "settle_order",
    "take_back",
    "unblock",
    "warn",
    "write_off",
]
