"""Points lapse: many accounts at once, in the same few statements however many lots they have."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F, OuterRef, Subquery

from oscar_loyalty import bulk
from oscar_loyalty.program.ledger import policy, queries
from oscar_loyalty.program.ledger.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.ledger.policy import Cause, LotDraw
from oscar_loyalty.program.ledger.queries import Lapsing
from oscar_loyalty.program.ledger.services.accounts import lock, locked_in_order
from oscar_loyalty.program.ledger.services.drawing import empty_lots

_KEY = "expire:{account}:{seq}"

_EXPIRE_AT_ONCE = """
    WITH drawn (account_id, lot_id, points) AS MATERIALIZED ({draws}),
    entry AS (
        INSERT INTO oscar_loyalty_entry
            (account_id, seq, kind, points, balance_after, key, order_number, reason, note, actor,
             posted_at, digest)
        SELECT id, seq, 'expire', -points, balance - points, 'expire:' || id || ':' || seq,
               '', '', '', '', %s, left(encode(sha256(convert_to(
                   replace(replace(replace(%s, '{{account}}', id::text),
                       '{{points}}', points::text), '{{seq}}', seq::text),
                   'UTF8')), 'hex'), 32)
          FROM (
              SELECT account.id, account.seq + 1 AS seq, account.balance, lost.points
                FROM (SELECT account_id, sum(points)::bigint AS points
                        FROM drawn GROUP BY account_id HAVING sum(points) > 0) AS lost
                JOIN oscar_loyalty_account AS account ON account.id = lost.account_id
          ) AS expiring
     RETURNING id, account_id, -points AS points
    ),
    draw AS (
        INSERT INTO oscar_loyalty_draw (entry_id, lot_id, points)
        SELECT entry.id, drawn.lot_id, drawn.points
          FROM drawn JOIN entry USING (account_id) WHERE drawn.points > 0
    ),
    emptied AS (
        UPDATE oscar_loyalty_lot AS lot
           SET remaining = lot.remaining - drawn.points, open = lot.remaining > drawn.points
          FROM drawn WHERE drawn.lot_id = lot.id AND drawn.points > 0
    )
    UPDATE oscar_loyalty_account AS account
       SET balance = balance - entry.points, seq = seq + 1
      FROM entry WHERE entry.account_id = account.id
 RETURNING account.id, entry.points
"""


def expire_due(account_ids: Sequence[int], lapsing: Lapsing) -> dict[int, int]:
    """
    Take what has lapsed from these accounts, and say how many points each lost.

    Soonest first; what is held or pending stays. What is gone cannot lapse again, so it may run
    twice, or twice at once. An expiry is known by its account and its number there.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            lock(account_ids)
            return _at_once(account_ids, lapsing)
        accounts = {account.pk: account for account in locked_in_order(account_ids)}
        # Only now, with the accounts locked, do the lots keep still.
        draws: dict[int, list[LotDraw]] = defaultdict(list)
        for account_id, lot_id, points in queries.lapsed_draws(account_ids, lapsing):
            if points:
                draws[account_id].append(LotDraw(lot_id, points))
        lost = {pk: sum(drawn.points for drawn in drawns) for pk, drawns in draws.items()}
        if lost:
            _post([_entry(accounts[pk], lost[pk], lapsing.at) for pk in lost], draws)
    return lost


@transaction.atomic
def warn(
    account_ids: Sequence[int], lapsing: Lapsing, *, days: int, until: date, since: date
) -> None:
    """
    Note that members are to be warned, so many days ahead, of what lapses from them by a day.

    Those who were for a day from `since` on, as shortly before, need not be again.
    """
    # Whoever draws from these lots has locked the account first, too.
    lock(account_ids)
    due = queries.lapsed_lots(lapsing).filter(account_id__in=account_ids)
    unwarned = due.filter(queries.not_warned(days, since))
    Lot.objects.filter(pk__in=unwarned.values("pk")).update(warned_days=days, warned_until=until)


def _at_once(account_ids: Sequence[int], lapsing: Lapsing) -> dict[int, int]:
    """All of it in one statement, which sees the lots as they are since the accounts are locked."""
    draws, params = queries.lapsed_draws(account_ids, lapsing).query.sql_with_params()
    said = policy.said("{account}", "-{points}", Cause("expire", _KEY), lapsing.at)
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE_AT_ONCE.format(draws=draws), [*params, lapsing.at, said])
        return dict(cursor.fetchall())


def _entry(account: Account, points: int, at: datetime) -> bulk.Row:
    cause = Cause("expire", _KEY.format(account=account.pk, seq=account.seq + 1))
    return {
        "account_id": account.pk,
        "seq": account.seq + 1,
        "points": -points,
        "balance_after": account.balance - points,
        "posted_at": at,
        "digest": policy.digest(account.pk, -points, cause, at=at),
        **vars(cause),
    }


def _post(entries: Sequence[bulk.Row], draws: Mapping[int, Sequence[LotDraw]]) -> None:
    """Entries and draws, and what follows from them for lots and accounts."""
    numbers = bulk.insert_numbered(Entry, entries)
    account_ids = [entry["account_id"] for entry in entries]
    bulk.insert(
        Draw,
        [
            {"entry_id": number, "lot_id": drawn.lot_id, "points": drawn.points}
            for number, account_id in zip(numbers, account_ids, strict=True)
            for drawn in draws[account_id]
        ],
    )
    empty_lots(numbers)
    posted = Entry.objects.filter(account_id=OuterRef("pk"), seq=OuterRef("seq") + 1)
    Account.objects.filter(pk__in=account_ids).update(
        balance=Subquery(posted.values("balance_after")), seq=F("seq") + 1
    )
