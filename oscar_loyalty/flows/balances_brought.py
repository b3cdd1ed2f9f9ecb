"""Members bring balances from another system: all of a file, or nothing of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.errors import NoProgramme
from oscar_loyalty.flows import balance_lines, one_by_one
from oscar_loyalty.flows.balance_lines import Fault, Line
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import people

#: As it stands in the books, and in words.
REASON = "brought"
REASON_LABEL = gettext_lazy("Balance brought from another system")
CHUNK = 2000


@dataclass
class Summary:
    """What came of a file, or would; with any fault in it nothing is posted."""

    #: Members who get their balance by it, and the sum of these.
    members: int = 0
    points: int = 0
    #: Members who have got the same by a file before.
    known: int = 0
    faults: list[Fault] = field(default_factory=list)


#: By account, the line that is about it.
Lines = dict[int, Line]


def run(
    content: bytes,
    *,
    actor: str,
    actor_id: int | None,
    at: datetime,
    dry_run: bool = False,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Summary:
    """
    Post the balances of a file, once per member, unless any line of it is wrong.

    The same file again changes nothing. `progress` is told how many members were done, and of how
    many. Nothing is announced: the members had these points.

    :raises NoProgramme: if there is none.
    """
    terms = terms_queries.written()
    if terms is None:
        raise NoProgramme(_("There is no programme yet."))
    lines, faults = balance_lines.read(content, today=terms.local_date(at))
    found, unknown = _found(lines, own=ledger_queries.account_of(actor_id))
    with transaction.atomic():
        if not dry_run:
            for chunk in one_by_one.chunks_of(sorted(found), size=CHUNK):
                ledger.lock(chunk)
        news, differing = _news(found)
        summary = Summary(
            members=len(news),
            points=sum(line.points for line in news.values()),
            known=len(found) - len(news) - len(differing),
            faults=sorted([*faults, *unknown, *differing]),
        )
        if not dry_run and not summary.faults:
            _post(news, terms, actor, at, progress)
    return summary


def _found(lines: Sequence[Line], *, own: int | None) -> tuple[Lines, list[Fault]]:
    """The account of each line, and the lines that are about nobody, or about one once more."""
    customers = _customers(lines)
    accounts = _accounts([found[0] for found in customers.values() if len(found) == 1])
    about: Lines = {}
    faults = []
    for line in lines:
        named = customers.get(line.member, [])
        account_id = accounts.get(named[0]) if len(named) == 1 else None
        words = _refusal(named, account_id, own, about)
        if words:
            faults.append(
                Fault(line.number, words % {"name": line.member, **_first(about, account_id)})
            )
        elif account_id is not None:
            about[account_id] = line
    return about, faults


def _refusal(named: Sequence[int], account_id: int | None, own: int | None, about: Lines) -> str:
    if not named:
        return _("There is no customer %(name)s.")
    if len(named) > 1:
        return _("Several customers are called %(name)s; name one by the id.")
    if account_id is None:
        return _("%(name)s is no member.")
    if account_id == own:
        return _("%(name)s is you: ask a colleague to bring your own balance.")
    if account_id in about:
        return _("%(name)s is the member of line %(line)s already.")
    return ""


def _first(about: Lines, account_id: int | None) -> dict[str, int]:
    return {"line": about[account_id].number} if account_id in about else {}


def _customers(lines: Sequence[Line]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    names = sorted({line.member for line in lines})
    for start in range(0, len(names), CHUNK):
        found |= people.named_among(names[start : start + CHUNK])
    return found


def _accounts(customers: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(customers), CHUNK):
        some = ledger_queries.accounts_of(customers[start : start + CHUNK])
        found |= {user_id: account_id for user_id, (account_id, _balance) in some.items()}
    return found


def _news(about: Lines) -> tuple[Lines, list[Fault]]:
    """The lines that are not in the books, and those that are there with other points."""
    before: dict[str, int] = {}
    for chunk in one_by_one.chunks_of(about, size=CHUNK):
        before |= ledger_queries.posted([_key(account_id) for account_id in chunk])
    words = _("%(name)s has brought %(points)s points by another file.")
    differing = [
        Fault(line.number, words % {"name": line.member, "points": points})
        for account_id, line in about.items()
        if (points := before.get(_key(account_id), line.points)) != line.points
    ]
    return {pk: line for pk, line in about.items() if _key(pk) not in before}, differing


def _post(
    news: Lines, terms: Terms, actor: str, at: datetime, progress: Callable[[int, int], object]
) -> None:
    done = 0
    for chunk in one_by_one.chunks_of(sorted(news), size=CHUNK):
        ledger.post_history({pk: [_accrual(pk, news[pk], terms, actor, at)] for pk in chunk})
        done += len(chunk)
        progress(done, len(news))


def _accrual(account_id: int, line: Line, terms: Terms, actor: str, at: datetime) -> Accrual:
    cause = Cause("adj", _key(account_id), reason=REASON, note=line.note, actor=actor)
    expires_at = terms.end_of(line.expires_on) if line.expires_on else None
    return Accrual(line.points, cause, at, expires_at=expires_at)


def _key(account_id: int) -> str:
    # Two colons: no source of an adjustment by the shop's own code is the same.
    return f"adj::brought:{account_id}"
