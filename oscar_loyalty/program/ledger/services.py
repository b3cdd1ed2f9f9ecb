"""
The only writer of the books. Every post locks its account first, by an UPDATE of its row: that is
the one statement order that never overspends and never fails on SQLite either.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from oscar_loyalty import bulk
from oscar_loyalty.errors import InsufficientPoints, InvalidPoints, KeyReused, NotAMember
from oscar_loyalty.program.ledger import policy, queries
from oscar_loyalty.program.ledger.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.ledger.policy import Accrual, Cause

Kind = Entry.Kind

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
    (account_id, entry_id, points, debt_paid, remaining, open, pending, available_at, expires_at)
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
           %(pending)s, %(available_at)s::timestamptz, %(expires_at)s::timestamptz
      FROM account, entry, debt
"""  # noqa: S608 - built from the constants above


def open_account(user_id: int, *, at: datetime) -> tuple[int, bool]:
    """The id of the customer's account, and whether it was opened now."""
    account, opened = Account.objects.get_or_create(user_id=user_id, defaults={"joined_at": at})
    return account.pk, opened


def open_accounts(joined: Mapping[int, datetime]) -> None:
    """Open an account for each of these customers that has none, dated as given."""
    Account.objects.bulk_create(
        [Account(user_id=user_id, joined_at=at) for user_id, at in sorted(joined.items())],
        ignore_conflicts=True,
    )


def accrue(account_id: int, accrual: Accrual) -> bool:
    """
    Add points, once per cause; say whether they were posted now.

    :raises InvalidPoints: if the points are not between 1 and `policy.MAX_POINTS`.
    :raises KeyReused: if the cause was posted before with another amount.
    :raises NotAMember: if there is no such account.
    """
    _refuse_absurd(accrual.points)
    try:
        with transaction.atomic():
            _insert_accrual(account_id, accrual)
    except IntegrityError:
        if _posted_before(account_id, accrual.points, accrual.cause):
            return False
        raise
    return True


def lock(account_ids: Iterable[int]) -> None:
    """Keep every other writer off these accounts until the transaction ends."""
    _locked_in_order(account_ids)


def settle_order(account_id: int, first: Accrual, target: int, *, at: datetime) -> int:
    """
    Make an order carry `target` points and return the difference posted.

    `first` is what the order earned at the start: points that come again wait and expire like it.
    """
    number = first.cause.order_number
    with transaction.atomic():
        account = _locked(account_id)
        taken, given = queries.movements_of(account_id, number)
        difference = target - (given - taken)
        if difference < 0:
            key = f"claw:{number}:{taken - difference}"
            _debit(account, -difference, Cause(Kind.CLAWBACK, key, number), at=at)
        elif difference > 0:
            restored = Cause(Kind.RESTORE, f"restore:{number}:{given + difference}", number)
            cause = restored if given else first.cause
            accrue(account_id, _again(first, difference, cause, at))
    return difference


def adjust(account_id: int, points: int, cause: Cause, *, at: datetime) -> bool:
    """
    Correct an account by `points`, up or down, once per cause.

    :raises InvalidPoints: if `points` is zero or absurd.
    :raises InsufficientPoints: if fewer points can be taken than asked for.
    """
    _refuse_absurd(-points if type(points) is int and points < 0 else points)
    if points > 0:
        return accrue(account_id, Accrual(points, cause, at))
    with transaction.atomic():
        account = _locked(account_id)
        if _posted_before(account_id, points, cause):
            return False
        if account.spendable < -points:
            raise InsufficientPoints(
                _("Only %(points)s points can be taken from this account.")
                % {"points": account.spendable}
            )
        _debit(account, -points, cause, at=at)
    return True


def mature_due(*, at: datetime, batch: int = 1000) -> int:
    """Make every pending lot whose day has come spendable; return how many accounts gained."""
    accounts = 0
    while chunk := queries.accounts_with_due_lots(at, limit=batch):
        _mature(Q(account_id__in=chunk, available_at__lte=at), chunk)
        accounts += len(chunk)
    return accounts


def mature_order(account_id: int, order_number: str) -> None:
    """Make the points of one order spendable."""
    _mature(Q(account_id=account_id, entry__order_number=order_number), [account_id])


def post_history(accruals: Mapping[int, Sequence[Accrual]]) -> None:
    """Post many accruals of several accounts in the order given; the keys must be new."""
    accruals = {account_id: posts for account_id, posts in accruals.items() if posts}
    with transaction.atomic():
        entries, lots = [], []
        for account in _locked_in_order(accruals):
            for accrual in accruals[account.pk]:
                _refuse_absurd(accrual.points)
                entry, lot = _append(account, accrual)
                entries.append(entry)
                lots.append(lot)
        numbers = bulk.insert_numbered(Entry, entries)
        bulk.insert(Lot, [{**lot, "entry_id": pk} for pk, lot in zip(numbers, lots, strict=True)])
        _follow_the_entries(list(accruals))


def _refuse_absurd(points: int) -> None:
    if type(points) is not int or not 0 < points <= policy.MAX_POINTS:
        raise InvalidPoints(
            _("Points must be a whole number between 1 and %(limit)s.")
            % {"limit": policy.MAX_POINTS}
        )


def _refuse_unknown(found: bool) -> None:
    if not found:
        raise NotAMember(_("There is no such account."))


def _posted_before(account_id: int, points: int, cause: Cause) -> bool:
    known = Entry.objects.filter(key=cause.key).values_list("account_id", "points").first()
    if known is None:
        return False
    if known != (account_id, points):
        raise KeyReused(
            _("%(key)s is already in the books with another amount.") % {"key": cause.key}
        )
    return True


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
    entry, lot = _append(before, accrual)
    Lot.objects.create(entry=Entry.objects.create(**entry), **lot)


def _append(account: Account, accrual: Accrual) -> tuple[bulk.Row, bulk.Row]:
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
    }
    return entry, lot


def _follow_the_entries(account_ids: Sequence[int]) -> None:
    """Bring accounts to where their last entry left them: one statement, however many they are."""
    last = Entry.objects.filter(account_id=OuterRef("pk")).order_by("-seq")
    lots = Lot.objects.filter(account_id=OuterRef("pk"), open=True, pending=True)
    waiting = lots.order_by().values("account_id").annotate(points=Sum("remaining"))
    Account.objects.filter(pk__in=account_ids).update(
        seq=Subquery(last.values("seq")[:1]),
        balance=Subquery(last.values("balance_after")[:1]),
        pending=Coalesce(Subquery(waiting.values("points")), 0),
    )


def _digest(account_id: int, accrual: Accrual) -> str:
    return policy.digest(
        account_id,
        accrual.points,
        accrual.cause,
        at=accrual.at,
        available_at=accrual.available_at,
        expires_at=accrual.expires_at,
    )


def _again(first: Accrual, points: int, cause: Cause, at: datetime) -> Accrual:
    return Accrual(
        points=points,
        cause=cause,
        at=at,
        pending=first.pending and not (first.available_at and first.available_at <= at),
        available_at=first.available_at,
        expires_at=first.expires_at,
    )


def _locked(account_id: int) -> Account:
    Account.objects.filter(pk=account_id).update(seq=F("seq"))
    return Account.objects.get(pk=account_id)


def _locked_in_order(account_ids: Iterable[int]) -> list[Account]:
    """Lock several accounts in the one order that cannot deadlock, and read them."""
    rows = Account.objects.filter(pk__in=list(account_ids)).order_by("pk")
    if connection.vendor == "postgresql":
        return list(rows.select_for_update())
    rows.update(seq=F("seq"))
    return list(rows)


def _debit(account: Account, points: int, cause: Cause, *, at: datetime) -> None:
    """Take `points` from the lots of a locked account; what they do not cover becomes debt."""
    draws = policy.draw(queries.open_lots(account.pk, first=cause.order_number), points)
    account.seq += 1
    account.balance -= points
    account.pending -= sum(drawn.points for drawn in draws if drawn.pending)
    account.save(update_fields=["seq", "balance", "pending"])
    entry = Entry(
        account=account,
        seq=account.seq,
        points=-points,
        balance_after=account.balance,
        posted_at=at,
        digest=policy.digest(account.pk, -points, cause, at=at),
        **vars(cause),
    )
    entry.save(force_insert=True)
    for drawn in draws:
        Lot.objects.filter(pk=drawn.lot_id).update(
            remaining=F("remaining") - drawn.points, open=Q(remaining__gt=drawn.points)
        )
    Draw.objects.bulk_create(
        Draw(entry=entry, lot_id=drawn.lot_id, points=drawn.points) for drawn in draws
    )


def _mature(lots: Q, account_ids: Sequence[int]) -> None:
    with transaction.atomic():
        _locked_in_order(account_ids)
        due = Lot.objects.filter(lots, pending=True)
        gained = (
            due.filter(account_id=OuterRef("pk"))
            .order_by()
            .values("account_id")
            .annotate(points=Sum("remaining"))
            .values("points")
        )
        Account.objects.filter(pk__in=account_ids).update(
            pending=F("pending") - Coalesce(Subquery(gained), 0)
        )
        Lot.objects.filter(pk__in=due.values("pk")).update(pending=False)
