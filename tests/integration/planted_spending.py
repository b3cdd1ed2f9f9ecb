"""Mistakes to be planted where points are kept, spent, returned, and drawn from lots."""

from oscar_loyalty.program.ledger import policy
from oscar_loyalty.program.ledger.services import drawing, posting, returns, spending
from oscar_loyalty.program.redemption import services as redemption
from tests.planting import Bug

SPENDING = {
    "pending points are taken but stay pending": Bug(
        drawing, "_step_by_step", "account.pending -=", "account.held +=", only_on="sqlite"
    ),
    "pending points are taken at once but stay pending": Bug(
        drawing, "_DRAW_AT_ONCE", "WHERE drawn.pending)", "WHERE false)", only_on="postgresql"
    ),
    "one draw is not written down": Bug(
        drawing,
        "_step_by_step",
        "points=drawn.points) for drawn in draws",
        "points=drawn.points) for drawn in draws[:1]",
        only_on="sqlite",
    ),
    "one draw is not written down at once": Bug(
        drawing, "_DRAW_AT_ONCE", "FROM entry, drawn", "FROM entry, drawn LIMIT 1", "postgresql"
    ),
    "an empty lot stays open": Bug(
        drawing,
        "_EMPTY_THE_LOTS",
        "open = remaining > draw",
        "open = remaining >= draw",
        only_on="sqlite",
    ),
    "a lot emptied at once stays open": Bug(
        drawing,
        "_DRAW_AT_ONCE",
        "open = lot.remaining > drawn",
        "open = lot.remaining >= drawn",
        only_on="postgresql",
    ),
    "all of each lot is taken at once": Bug(
        drawing,
        "_DRAW_AT_ONCE",
        "LEAST(remaining, owing), pending FROM walk",
        "remaining, pending FROM walk",
        only_on="postgresql",
    ),
    "each lot pays the whole at once": Bug(
        drawing, "_DRAW_AT_ONCE", "owing - remaining AS owing", "owing AS owing", "postgresql"
    ),
    "a lot of which nothing is needed is drawn at once": Bug(
        drawing,
        "_DRAW_AT_ONCE",
        "WHERE owing > remaining",
        "WHERE owing >= remaining",
        only_on="postgresql",
    ),
    "only pending points pay at once": Bug(
        drawing, "_DRAW_AT_ONCE", "0::bigint, false,", "0::bigint, true,", only_on="postgresql"
    ),
    "an order takes from others first, at once": Bug(
        drawing, "_DRAW_AT_ONCE", "entry.order_number <> ''", "false", only_on="postgresql"
    ),
    "what was kept stays held after a capture, at once": Bug(
        drawing, "_DRAW_AT_ONCE", "held = %(held)s,", "", only_on="postgresql"
    ),
    "what was kept stays held after a capture": Bug(
        spending, "redeem", "account.held -= kept", "pass"
    ),
    "the same capture is posted with another amount": Bug(
        spending, "redeem", "posted_before(account_id, -points, cause)", "True"
    ),
    "points that return are returned again": Bug(
        returns, "give_back", "target - (returned - again)", "target"
    ),
    "points taken again come back no more": Bug(
        returns, "give_back", "target - (returned - again)", "target - returned"
    ),
    "points that return come last": Bug(
        policy,
        "returning",
        "_soonest(part[0])",
        "[-moment.timestamp() for moment in _soonest(part[0])]",
    ),
    "points that return die as they would have": Bug(
        policy, "lives_on", "expires_at < least", "False"
    ),
    "spent points are young again when they return": Bug(
        returns, "give_back", "**vars(life)", "expires_at=life.expires_at"
    ),
    "spent points return for too few days": Bug(
        policy, "lives_on", "life.expires_at or ending(life)", "life.expires_at"
    ),
    "spent points are as old as the first of them when they return": Bug(
        policy, "lives_on", "(expires_at, _day(life.earned_at), _day(life.matured_at))", "None"
    ),
    "points taken again come from others": Bug(
        posting,
        "debit",
        "Entry.SPENT if cause.kind in Entry.SPENT else Entry.EARNED",
        "Entry.EARNED",
    ),
    "a basket keeps what was chosen before, too": Bug(
        redemption, "hold", "instead_of=kept.points if kept else 0", "instead_of=0"
    ),
    "a basket keeps what another chose": Bug(
        redemption, "hold", "release(basket_id, unless_of=account_id)", "pass"
    ),
    "a capture takes what another kept": Bug(
        redemption, "capture", "kept.account_id != account_id", "False"
    ),
    "what is let go stays held": Bug(
        redemption, "release", "ledger.let_go(kept.account_id, kept.points)", "pass"
    ),
    "more is kept than can be spent": Bug(
        spending, "reserve", 'F("balance") - F("pending") - F("held")', 'F("balance") - F("held")'
    ),
}
