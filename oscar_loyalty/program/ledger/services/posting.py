"""Entries with their lots and draws: what comes in, what goes out, once per cause."""

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from oscar_loyalty import bulk
from oscar_loyalty.errors import InvalidPoints, KeyReused, NotAMember
from oscar_loyalty.program.ledger import policy
from oscar_loyalty.program.ledger.models import Account, Entry, Lot
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.ledger.services import drawing

_LOCK_AND_ADD = """
    UPDATE oscar_loyalty_account
       SET seq = seq + 1,
           balance = balance + %(points)s,
           pending = pending + CASE WHEN NOT %(pending)s THEN 0
                                    WHEN balance >= 0 THEN %(points)s
                                    WHEN balance + %(points)s > 0 THEN balance + %(points)s
                                    ELSE 0 END
     WHERE id = %(account)s
 RETURNING id, seq, balance
"""
_ENTRY_COLUMNS = """
    (account_id, seq, balance_after, kind, points, key, order_number, reason, note, actor,
     posted_at, digest)
"""
_ENTRY_VALUES = """
    %(kind)s, %(points)s, %(key)s, %(order_number)s, %(reason)s, %(note)s, %(actor)s,
    %(at)s, %(digest)s
"""
_LOT_COLUMNS = """
    (account_id, entry_id, points, debt_paid, remaining, open, pending, available_at, expires_at,
     earned_at, matured_at)
"""
#: One statement: account, entry and lot; a debt swallows of what arrives what it can.
_ACCRUE_AT_ONCE = f"""
    WITH account AS ({_LOCK_AND_ADD}),
    entry AS (
        INSERT INTO oscar_loyalty_entry {_ENTRY_COLUMNS}
        SELECT id, seq, balance, {_ENTRY_VALUES} FROM account
        RETURNING id
    ),
    debt AS (
        SELECT LEAST(%(points)s, GREATEST(%(points)s - balance, 0)) AS paid FROM account
    )
    INSERT INTO oscar_loyalty_lot {_LOT_COLUMNS}
    SELECT account.id, entry.id, %(points)s, paid, %(points)s - paid, %(points)s > paid,
           %(pending)s, %(available_at)s::timestamptz, %(expires_at)s::timestamptz,
           %(earned_at)s::timestamptz, %(matured_at)s::timestamptz
      FROM account, entry, debt
"""  # noqa: S608 - built from the constants above


def accrue(account_id: int, accrual: Accrual) -> bool:
    """
    Add points, once per cause; say whether they were posted now.

    :raises InvalidPoints: if the points are not between 1 and `policy.MAX_POINTS`.
    :raises KeyReused: if the cause was posted before with another amount.
    :raises NotAMember: if there is no such account.
    """
    refuse_absurd(accrual.points)
    try:
        with transaction.atomic():
            _insert_accrual(account_id, accrual)
    except IntegrityError:
        if posted_before(account_id, accrual.points, accrual.cause):
            return False
        raise
    return True


def debit(account: Account, points: int, cause: Cause, *, at: datetime) -> None:
    """Take `points` from the lots of a locked account; what they do not cover becomes debt."""
    account.seq += 1
    account.balance -= points
    entry = {
        "account_id": account.pk,
        "seq": account.seq,
        "points": -points,
        "balance_after": account.balance,
        "posted_at": at,
        "digest": policy.digest(account.pk, -points, cause, at=at),
        **vars(cause),
    }
    kinds = Entry.SPENT if cause.kind in Entry.SPENT else Entry.EARNED
    drawing.post(account, entry, first_of=kinds)


def append(account: Account, accrual: Accrual) -> tuple[bulk.Row, bulk.Row]:
    """The entry and the lot of `accrual`, as rows to be; `account` moves on with it."""
    paid = policy.debt_paid(account.balance, accrual.points)
    account.seq += 1
    account.balance += accrual.points
    left = accrual.points - paid
    entry = {
        "account_id": account.pk,
        "seq": account.seq,
        "points": accrual.points,
        "balance_after": account.balance,
        "posted_at": accrual.at,
        "digest": _digest(account.pk, accrual),
        **vars(accrual.cause),
    }
    lot = {
        "account_id": account.pk,
        "points": accrual.points,
        "debt_paid": paid,
        "remaining": left,
        "open": left > 0,
        "pending": accrual.pending,
        "available_at": accrual.available_at,
        "expires_at": accrual.expires_at,
        "earned_at": accrual.aged_from,
        "matured_at": accrual.matured_at,
    }
    return entry, lot


def posted_before(account_id: int, points: int, cause: Cause) -> bool:
    known = Entry.objects.filter(key=cause.key).values_list("account_id", "points").first()
    if known is None:
        return False
    if known != (account_id, points):
        raise KeyReused(
            _("%(key)s is already in the books with another amount.") % {"key": cause.key}
        )
    return True


def refuse_absurd(points: int) -> None:
    if type(points) is not int or not 0 < points <= policy.MAX_POINTS:
        raise InvalidPoints(
            _("Points must be a whole number between 1 and %(limit)s.")
            % {"limit": policy.MAX_POINTS}
        )


def _refuse_unknown(found: bool) -> None:
    if not found:
        raise NotAMember(_("There is no such account."))


def _insert_accrual(account_id: int, accrual: Accrual) -> None:
    params = {
        **vars(accrual.cause),
        "kind": str(accrual.cause.kind),
        "account": account_id,
        "points": accrual.points,
        "pending": accrual.pending,
        "at": accrual.at,
        "digest": _digest(account_id, accrual),
        "available_at": accrual.available_at,
        "expires_at": accrual.expires_at,
        "earned_at": accrual.aged_from,
        "matured_at": accrual.matured_at,
    }
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_ACCRUE_AT_ONCE, params)
            _refuse_unknown(cursor.rowcount == 1)
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_AND_ADD, params)
        row = cursor.fetchone()
        _refuse_unknown(row is not None)
        _pk, seq, balance = row
    before = Account(pk=account_id, seq=seq - 1, balance=balance - accrual.points)
    entry, lot = append(before, accrual)
    Lot.objects.create(entry=Entry.objects.create(**entry), **lot)


def _digest(account_id: int, accrual: Accrual) -> str:
    return policy.digest(
        account_id,
        accrual.points,
        accrual.cause,
        at=accrual.at,
        available_at=accrual.available_at,
        expires_at=accrual.expires_at,
        earned_at=accrual.earned_at,
    )
