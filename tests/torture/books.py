"""What the books must say, by statements of their own; no line of the ledger's code is used."""

from collections.abc import Iterable

from django.db import connection

#: Each finds what cannot be: nothing may come back.
RULES = {
    "balance and number are those of the entries": """
        SELECT account.id FROM oscar_loyalty_account AS account
          LEFT JOIN oscar_loyalty_entry AS entry ON entry.account_id = account.id
         GROUP BY account.id
        HAVING COALESCE(sum(entry.points), 0) <> account.balance
            OR count(entry.id) <> account.seq OR COALESCE(max(entry.seq), 0) <> account.seq""",
    "the balance after is the running sum": """
        SELECT key FROM (
            SELECT key, balance_after, sum(points) OVER (PARTITION BY account_id ORDER BY seq)
                AS running FROM oscar_loyalty_entry) AS entry WHERE running <> balance_after""",
    "lots hold the balance": """
        SELECT account.id FROM oscar_loyalty_account AS account
          LEFT JOIN oscar_loyalty_lot AS lot ON lot.account_id = account.id
         GROUP BY account.id HAVING COALESCE(sum(lot.remaining), 0) <> GREATEST(account.balance, 0)
            OR COALESCE(sum(lot.remaining) FILTER (WHERE lot.pending), 0) <> account.pending""",
    "lots lost what was drawn": """
        SELECT lot.id FROM oscar_loyalty_lot AS lot
          LEFT JOIN oscar_loyalty_draw AS draw ON draw.lot_id = lot.id
         GROUP BY lot.id
        HAVING lot.points - lot.debt_paid - lot.remaining <> COALESCE(sum(draw.points), 0)""",
    "what is held is kept for baskets": """
        SELECT account.id FROM oscar_loyalty_account AS account
          LEFT JOIN oscar_loyalty_hold AS hold
            ON hold.account_id = account.id AND hold.state = 'open'
         GROUP BY account.id HAVING COALESCE(sum(hold.points), 0) <> account.held""",
    "every order earned what is kept of it": """
        SELECT shop_order.number FROM order_order AS shop_order
          LEFT JOIN ({refunds}) AS refund ON refund.order_id = shop_order.id
          LEFT JOIN oscar_loyalty_entry AS entry ON entry.order_number = shop_order.number
               AND entry.kind IN ('earn', 'claw', 'restore')
         GROUP BY shop_order.id, refund.amount
        HAVING COALESCE(sum(entry.points), 0) <> CASE WHEN shop_order.status = 'Cancelled' THEN 0
               ELSE floor(GREATEST(
                   shop_order.total_incl_tax - COALESCE(refund.amount, 0), 0)) END""",
    "spent points returned in proportion": """
        SELECT hold.order_number FROM oscar_loyalty_hold AS hold
          JOIN order_order AS shop_order ON shop_order.number = hold.order_number
          LEFT JOIN ({refunds}) AS refund ON refund.order_id = shop_order.id
          LEFT JOIN oscar_loyalty_entry AS entry ON entry.order_number = shop_order.number
               AND entry.kind IN ('redeem', 'return', 'retake')
         GROUP BY hold.id, shop_order.id, refund.amount
        HAVING -COALESCE(sum(entry.points), 0) <> CASE WHEN shop_order.status = 'Cancelled' THEN 0
               ELSE hold.spent - div(hold.spent * LEAST(COALESCE(refund.amount, 0),
                    shop_order.total_incl_tax), shop_order.total_incl_tax) END""",
    "nothing stays held": "SELECT id FROM oscar_loyalty_account WHERE held <> 0",
}
_REFUNDS = """
    SELECT source.order_id, sum(refund.amount) AS amount
      FROM payment_transaction AS refund
      JOIN payment_source AS source ON source.id = refund.source_id
     WHERE refund.txn_type = 'Refund' GROUP BY source.order_id
"""
#: Points that left a lot which did not have them, and corrections that took what was not there.
_OVERSPENT = """
    SELECT COALESCE((
        SELECT sum(GREATEST(drawn - points + debt_paid, 0)) FROM (
            SELECT lot.points, lot.debt_paid, sum(draw.points) AS drawn
              FROM oscar_loyalty_lot AS lot JOIN oscar_loyalty_draw AS draw ON draw.lot_id = lot.id
             GROUP BY lot.id) AS spent), 0)
         + COALESCE((
        SELECT sum(LEAST(-points, -balance_after)) FROM oscar_loyalty_entry
         WHERE kind IN ('adj', 'expire') AND points < 0 AND balance_after < 0), 0)
"""


def broken() -> list[str]:
    """Which rules are broken, and by how many rows."""
    found = {rule: _rows(sql.format(refunds=_REFUNDS)) for rule, sql in RULES.items()}
    return [f"{rule}: {len(rows)}, as {rows[0][0]}" for rule, rows in found.items() if rows]


def overspent() -> int:
    """Points that were spent without being there."""
    return int(_rows(_OVERSPENT)[0][0])


def lost(committed: Iterable[str]) -> list[str]:
    """What a worker was told is in the books, and is not there."""
    posted = {key for (key,) in _rows("SELECT key FROM oscar_loyalty_entry")}
    return sorted(set(committed) - posted)


def entries() -> int:
    return int(_rows("SELECT count(*) FROM oscar_loyalty_entry")[0][0])


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
