"""
What a debit takes from the lots: an entry, its draws, and what follows for lots and account.

The account is locked before, by a statement of its own: one that locked and read at once would
see the lots as they were before it had to wait.
"""

from collections.abc import Collection, Sequence

from django.db import connection

from oscar_loyalty import bulk
from oscar_loyalty.program.ledger import policy, queries
from oscar_loyalty.program.ledger.models import Account, Draw, Entry

_EMPTY_THE_LOTS = """
    UPDATE oscar_loyalty_lot
       SET remaining = remaining - draw.points, open = remaining > draw.points
      FROM oscar_loyalty_draw AS draw
     WHERE draw.lot_id = oscar_loyalty_lot.id AND draw.entry_id IN ({numbers})
"""

#: Two looks into the index of lots, from where the walk is: at those with a day of their own, and
#: at the others. Every lot but the order's own, which have been taken from already. The order by
#: a column that is empty makes it this index, and no other that would meet everybody's lots.
_NEXT = """
    (SELECT lot FROM oscar_loyalty_lot AS lot
      WHERE account_id = %(account_id)s AND open AND pending = {pending}
        AND walk.pending <= {pending} AND id <> ALL (ARRAY(SELECT id FROM own))
        AND (expires_at, earned_at, id) > (
                CASE WHEN walk.pending = {pending} THEN walk.expires_at ELSE '-infinity' END,
                walk.earned_at, walk.id)
      ORDER BY expires_at, earned_at, id LIMIT 1),
    (SELECT lot FROM oscar_loyalty_lot AS lot
      WHERE account_id = %(account_id)s AND open AND pending = {pending}
        AND walk.pending <= {pending} AND id <> ALL (ARRAY(SELECT id FROM own))
        AND expires_at IS NULL AND (earned_at, id) > (
                CASE WHEN walk.pending = {pending} AND walk.expires_at IS NULL
                     THEN walk.earned_at ELSE '-infinity' END,
                walk.id)
      ORDER BY expires_at, earned_at, id LIMIT 1)
"""
_NEXT_SPENDABLE = _NEXT.format(pending=False)
#: Most accounts have nothing pending, and planning the statement costs more than running it.
_NEXT_PENDING = f"{_NEXT_SPENDABLE}, {_NEXT.format(pending=True)}"
_ENTRY = (
    "account_id",
    "seq",
    "points",
    "balance_after",
    "posted_at",
    "digest",
    "kind",
    "key",
    "order_number",
    "reason",
    "note",
    "actor",
)
#: One statement. It walks from lot to lot and stops when covered, so that what an account has
#: besides costs nothing; a window over all its lots would read them all.
_DRAW_AT_ONCE = f"""
    WITH RECURSIVE own AS (
        SELECT lot.id, lot.remaining, lot.pending, (sum(lot.remaining) OVER (
                   ORDER BY lot.pending, lot.expires_at, lot.earned_at, lot.id
               ) - lot.remaining)::bigint AS before
          FROM oscar_loyalty_entry AS entry
          JOIN oscar_loyalty_lot AS lot ON lot.entry_id = entry.id
         WHERE entry.order_number = %(order_number)s AND entry.order_number <> ''
           AND entry.kind = ANY (%(kinds)s) AND lot.account_id = %(account_id)s AND lot.open
    ),
    walk (id, remaining, pending, expires_at, earned_at, owing) AS (
        SELECT 0::bigint, 0::bigint, false, '-infinity'::timestamptz, '-infinity'::timestamptz,
               %(owing)s - COALESCE((SELECT sum(remaining) FROM own), 0)::bigint
        UNION ALL
        SELECT (lot).id, (lot).remaining, (lot).pending, (lot).expires_at, (lot).earned_at, owing
          FROM (SELECT COALESCE({{next}}) AS lot,
                       owing - remaining AS owing
                  FROM walk WHERE owing > remaining OFFSET 0) AS next
         WHERE (lot).id IS NOT NULL
    ),
    drawn AS (
        SELECT id, LEAST(remaining, %(owing)s - before) AS points, pending
          FROM own WHERE before < %(owing)s
        UNION ALL
        SELECT id, LEAST(remaining, owing), pending FROM walk WHERE id > 0
    ),
    entry AS (
        INSERT INTO oscar_loyalty_entry ({", ".join(_ENTRY)})
        VALUES ({", ".join(f"%({name})s" for name in _ENTRY)}) RETURNING id
    ),
    draw AS (
        INSERT INTO oscar_loyalty_draw (entry_id, lot_id, points)
        SELECT entry.id, drawn.id, drawn.points FROM entry, drawn
    ),
    emptied AS (
        UPDATE oscar_loyalty_lot AS lot
           SET remaining = lot.remaining - drawn.points, open = lot.remaining > drawn.points
          FROM drawn WHERE drawn.id = lot.id
    )
    UPDATE oscar_loyalty_account
       SET seq = %(seq)s, balance = %(balance_after)s, held = %(held)s,
           pending = pending - COALESCE((SELECT sum(points) FROM drawn WHERE drawn.pending), 0)
     WHERE id = %(account_id)s
 RETURNING pending
"""  # noqa: S608 - built from the constants above


def post(account: Account, entry: bulk.Row, *, first_of: Collection[str]) -> None:
    """
    Post `entry` and take its points from the lots; `account` has moved on with it already.

    The lots of its own order pay first, as far as these kinds of entries made them. What came from
    a merged account keeps its order, but not the kind of its first entry.
    """
    first_of = [*first_of, Entry.Kind.MERGE]
    if connection.vendor == "postgresql":
        _at_once(account, entry, first_of)
    else:
        _step_by_step(account, entry, first_of)


def empty_lots(entry_ids: Sequence[int]) -> None:
    """Take from the lots what these new entries have drawn: one statement for all of them."""
    slots = ", ".join(["%s"] * len(entry_ids))
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY_THE_LOTS.format(numbers=slots), entry_ids)


def _at_once(account: Account, entry: bulk.Row, first_of: Collection[str]) -> None:
    params = {
        **entry,
        "kind": str(entry["kind"]),
        "kinds": [str(kind) for kind in first_of],
        "owing": -entry["points"],
        "held": account.held,
    }
    next_lot = _NEXT_PENDING if account.pending else _NEXT_SPENDABLE
    with connection.cursor() as cursor:
        cursor.execute(_DRAW_AT_ONCE.format(next=next_lot), params)
        (account.pending,) = cursor.fetchone()


def _step_by_step(account: Account, entry: bulk.Row, first_of: Collection[str]) -> None:
    lots = queries.open_lots(account.pk, first=entry["order_number"], kinds=first_of)
    draws = policy.draw(lots, -entry["points"])
    account.pending -= sum(drawn.points for drawn in draws if drawn.pending)
    account.save(update_fields=["seq", "balance", "pending", "held"])
    posted = Entry.objects.create(**entry)
    Draw.objects.bulk_create(
        Draw(entry=posted, lot_id=drawn.lot_id, points=drawn.points) for drawn in draws
    )
    empty_lots([posted.pk])
