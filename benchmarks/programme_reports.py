"""
A programme over the past of `benchmarks.reports`, and what answers about it with one statement.

Every second customer is a member, and every order of theirs earned a lot. One in five lots was
spent in part, one in seven has expired in part; each member took one step up, one in ten was missed
once, all drew lots about one occasion; every fourth order had something taken off.
"""

from benchmarks import database

MONTH = "date_trunc('month', {} AT TIME ZONE 'Europe/London')"
START = "timestamptz '2025-07-01 00:00 Europe/London'"
STOP = "timestamptz '2026-07-01 00:00 Europe/London'"
#: An offer of a tier's that was deleted since, and one of the shop's own.
TIERS_OFFER, SHOPS_OFFER = 900_001, 900_002

_EARNED = MONTH.format("lot.earned_at")
_POSTED = MONTH.format("posted_at")
_PLACED = MONTH.format("date_placed")
_POINTS = f"""
    SELECT CASE WHEN posted_at >= {START} THEN {_POSTED} END, kind, sum(points)
      FROM oscar_loyalty_entry WHERE posted_at < {STOP} GROUP BY 1, 2"""
_LIABILITY = f"""
    SELECT month, sum(earned), sum(expired), sum(outstanding)
      FROM (SELECT {_EARNED} AS month, lot.points AS earned, 0 AS expired,
                   lot.points - lot.debt_paid AS outstanding
              FROM oscar_loyalty_lot AS lot JOIN oscar_loyalty_entry AS came ON came.id = entry_id
             WHERE came.posted_at < {STOP}
             UNION ALL
            SELECT {_EARNED}, 0, CASE WHEN went.kind = 'expire' THEN draw.points ELSE 0 END,
                   -draw.points
              FROM oscar_loyalty_draw AS draw
              JOIN oscar_loyalty_lot AS lot ON lot.id = draw.lot_id
              JOIN oscar_loyalty_entry AS went ON went.id = draw.entry_id
             WHERE went.posted_at < {STOP}) AS moved
     GROUP BY 1"""
_TIERS = f"""
    SELECT {MONTH.format("greatest(changed_at, joined_at)")}, from_tier_id, to_tier_id, count(*)
      FROM oscar_loyalty_tierchange JOIN oscar_loyalty_account AS account ON account.id = account_id
     WHERE changed_at < {STOP} GROUP BY 1, 2, 3
     UNION ALL
    SELECT {MONTH.format("joined_at")}, NULL, NULL, count(*)
      FROM oscar_loyalty_account WHERE joined_at < {STOP} GROUP BY 1"""
_COST = f"""
    SELECT {_PLACED}, offer_id, sum(amount)
      FROM order_order AS placed JOIN order_orderdiscount ON order_id = placed.id
     WHERE status <> 'Cancelled' AND date_placed >= {START} AND date_placed < {STOP}
       AND offer_id = {TIERS_OFFER} GROUP BY 1, 2
     UNION ALL
    SELECT {_POSTED}, NULL, sum(points) FROM oscar_loyalty_entry
     WHERE kind IN ('redeem', 'return', 'retake')
       AND posted_at >= {START} AND posted_at < {STOP} GROUP BY 1
     UNION ALL
    SELECT {_PLACED}, NULL, sum(total_incl_tax)
      FROM order_order JOIN oscar_loyalty_account USING (user_id)
     WHERE status <> 'Cancelled' AND date_placed >= {START} AND date_placed < {STOP} GROUP BY 1"""
_OUTCOMES = """
    SELECT {what} AS what, held_out, sum(kept_base) AS revenue
      FROM {lots} AS lots
      LEFT JOIN oscar_loyalty_award AS award ON award.account_id = lots.account_id
       AND placed_at > {since} AND placed_at <= {since} + interval '{days} days'
     WHERE {since} >= {start} AND {since} < {stop} GROUP BY lots.id"""
_LIFT = f"""
    SELECT what, held_out, count(*), count(revenue), sum(revenue), sum(revenue * revenue)
      FROM ({
    _OUTCOMES.format(
        what="'missed'",
        lots="oscar_loyalty_lapse",
        since="found_at",
        days=60,
        start=START,
        stop=STOP,
    )
} UNION ALL {
    _OUTCOMES.format(
        what="about",
        lots="oscar_loyalty_campaigndraw",
        since="drawn_at",
        days=30,
        start=START,
        stop=STOP,
    )
}) AS outcome GROUP BY 1, 2"""
_MEMBERS = f"""
    SELECT month, joined, before, floor(log(2, greatest(spent, 1))), count(*), sum(after),
           sum(spent_after)
      FROM (SELECT month, account.id IS NOT NULL AS joined,
                   count(*) FILTER (WHERE date_placed < month) AS before,
                   sum(total_incl_tax) FILTER (WHERE date_placed < month) AS spent,
                   count(*) FILTER (WHERE date_placed >= month + interval '1 month') AS after,
                   sum(total_incl_tax)
                       FILTER (WHERE date_placed >= month + interval '1 month') AS spent_after
              FROM generate_series({START}, {STOP} - interval '1 month', '1 month') AS month
              JOIN order_order AS placed ON status <> 'Cancelled' AND date_placed < {STOP}
              LEFT JOIN oscar_loyalty_account AS account ON account.user_id = placed.user_id
             WHERE account.id IS NULL
                OR joined_at >= month AND joined_at < month + interval '1 month'
             GROUP BY month, placed.user_id, account.id
            HAVING max(date_placed) FILTER (WHERE date_placed < month) >= month - interval '1 year'
           ) AS customer
     GROUP BY 1, 2, 3, 4"""
#: For each report the best statement that answers for the same year.
DIRECTLY = {
    "points": _POINTS,
    "liability": _LIABILITY,
    "tiers": _TIERS,
    "cost": _COST,
    "lift": _LIFT,
    "members": _MEMBERS,
}
#: A member's orders in their order, each with its place and with what becomes of its points.
_EARNING = """
    CREATE TEMPORARY TABLE earning AS
    SELECT account.id AS account_id, number, date_placed AS at, total_incl_tax AS paid,
           row_number() OVER (ORDER BY date_placed) AS place,
           3 * row_number() OVER (PARTITION BY account.id ORDER BY date_placed) AS seq
      FROM order_order JOIN oscar_loyalty_account AS account USING (user_id)
"""
_ENTRY = """
    INSERT INTO oscar_loyalty_entry (account_id, seq, kind, points, balance_after, key,
        order_number, reason, note, actor, posted_at, digest)
"""
_DRAW = """
    INSERT INTO oscar_loyalty_draw (entry_id, lot_id, points)
    SELECT went.id, lot.id, 5
      FROM oscar_loyalty_entry AS went
      JOIN oscar_loyalty_entry AS came
        ON came.account_id = went.account_id AND came.seq = went.seq - {behind}
      JOIN oscar_loyalty_lot AS lot ON lot.entry_id = came.id
     WHERE went.kind = '{kind}'
"""

_KEPT = (
    f"""INSERT INTO oscar_loyalty_lapse (account_id, began_at, found_at, drawn, held_out, step,
                                         ended_by)
        SELECT id, joined_at, {START} + (id % 360) * interval '1 day', 0, id % 100 = 0, 0, ''
          FROM oscar_loyalty_account WHERE id % 10 = 0""",
    """INSERT INTO oscar_loyalty_campaigndraw (account_id, kind, about, drawn, held_out,
                                               drawn_at)
       SELECT id, 'occasion', '1:2026-03-20', 0, id % 10 = 0, '2026-03-13'
         FROM oscar_loyalty_account""",
    f"INSERT INTO oscar_loyalty_goneoffer (offer_id, purpose) VALUES ({TIERS_OFFER}, 'tier')",
    f"""INSERT INTO order_orderdiscount (order_id, category, offer_id, offer_name, frequency,
                                         amount, message, voucher_code)
        SELECT id, 'Basket', CASE WHEN id % 8 = 0 THEN {TIERS_OFFER} ELSE {SHOPS_OFFER} END, '',
               1, 2, '', '' FROM order_order WHERE id % 4 = 0""",
)


def run_a_programme(tier_id: int) -> None:
    """Let a shop without accounts have had one; foreign keys are not looked at meanwhile."""
    database.run(
        "SET session_replication_role = replica",
        """INSERT INTO oscar_loyalty_account (user_id, public_id, balance, pending, held, seq,
                                              joined_at)
           SELECT id, gen_random_uuid(), 0, 0, 0, 0,
                  timestamptz '2023-07-02' + (id * 1090.0 / (SELECT max(id) FROM auth_user))
                      * interval '1 day' FROM auth_user WHERE id % 2 = 0 ORDER BY id""",
        """INSERT INTO oscar_loyalty_standing (account_id, since)
           SELECT id, joined_at FROM oscar_loyalty_account""",
        f"""INSERT INTO oscar_loyalty_tierchange (account_id, to_tier_id, from_name, to_name,
                                                  reason, actor, changed_at)
            SELECT id, {tier_id}, '', 'Silver', 'qualified', '', joined_at + interval '30 days'
              FROM oscar_loyalty_account""",
        _EARNING,
        f"""{_ENTRY}
            SELECT account_id, seq, 'earn', 10, 10, 'earn:' || number, number, '', '', '', at,
                   md5(number) FROM earning ORDER BY at""",
        """INSERT INTO oscar_loyalty_lot (account_id, entry_id, points, debt_paid, remaining, open,
                pending, earned_at)
           SELECT account_id, id, 10, 0, 10, true, false, posted_at
             FROM oscar_loyalty_entry ORDER BY id""",
        f"""{_ENTRY}
            SELECT account_id, seq + 1, 'redeem', -5, 5, 'redeem:' || number, number, '', '', '',
                   at + interval '60 days', md5(number) FROM earning
             WHERE place % 5 = 0 AND at < {STOP} - interval '60 days' ORDER BY at""",
        f"""{_ENTRY}
            SELECT account_id, seq + 2, 'expire', -5, 0, 'expire:' || number, '', '', '', '',
                   at + interval '1 year', md5(number) FROM earning
             WHERE place % 7 = 0 AND at < {STOP} - interval '1 year' ORDER BY at""",
        _DRAW.format(kind="redeem", behind=1),
        _DRAW.format(kind="expire", behind=2),
        """INSERT INTO oscar_loyalty_award (account_id, order_number, points, carried, forgiven,
                base, kept_base, why, breakdown, matured, cancelled, placed_at, decided_at)
           SELECT account_id, number, 10, 10, 0, paid, paid, '', '{}', true, false, at, at
             FROM earning ORDER BY at""",
        *_KEPT,
        "DROP TABLE earning",
        "SET session_replication_role = DEFAULT",
        "VACUUM ANALYZE",
    )
