"""Reads of rules and awards."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from oscar_loyalty import bulk
from oscar_loyalty.program.earning.models import Award, EarningRule, RuleUse, RuleVersion
from oscar_loyalty.program.earning.policy import stored
from oscar_loyalty.program.earning.policy.limits import Taken, Use
from oscar_loyalty.program.earning.policy.rules import Rule, in_force
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.terms.queries import FIELDS

#: The columns of a version in the order of the policy's fields.
_RULE_FIELDS = ("pk", *(field.name for field in fields(Rule) if field.name != "version_id"))
_DISPLAYED = "oscar_loyalty.terms_and_rules"

#: Orders of which something is kept, also of what neither earned nor counted.
_PURCHASES = Q(cancelled=False) & (Q(carried__gt=0) | Q(kept_base__gt=0) | Q(points=0, base=0))

#: How long pages may show terms that have changed behind the admin's back.
DISPLAY_SECONDS = 60


def terms_and_rules() -> tuple[Terms, tuple[Rule, ...]] | None:
    """The terms in force and the newest rules; None without an active programme."""
    known = written_terms_and_rules()
    return known if known and known[0].active else None


def written_terms_and_rules() -> tuple[Terms, tuple[Rule, ...]] | None:
    """
    The terms, in force or switched off, and the newest version of every rule, in one query.

    `rules_at` says which of them are in force at some moment.
    """
    return _terms_with("rules__current")


def _terms_with(versions: str) -> tuple[Terms, tuple[Rule, ...]] | None:
    joined = [f"{versions}__{name}" for name in _RULE_FIELDS]
    rows = list(Programme.objects.order_by(f"{versions}__pk").values_list(*FIELDS, *joined))
    if not rows:
        return None
    terms = Terms(**dict(zip(FIELDS, rows[0][: len(FIELDS)], strict=True)))
    rules = (row[len(FIELDS) :] for row in rows)
    return terms, tuple(Rule(*rule) for rule in rules if rule[0] is not None)


def rules_at(newest: Sequence[Rule], at: datetime) -> list[Rule]:
    """The rules in force at that moment; a query only where one has a newer version since."""
    if any(rule.in_force_from and rule.in_force_from > at for rule in newest):
        newest = versions()
    return in_force(newest, at)


def versions() -> list[Rule]:
    """Every version of every rule, oldest first."""
    rows = RuleVersion.objects.order_by("pk").values_list(*_RULE_FIELDS)
    return [Rule(*row) for row in rows]


def versions_since() -> dict[int, datetime | None]:
    """From when on each version of a rule is in force, by its id; None for ever since."""
    return dict(RuleVersion.objects.values_list("pk", "in_force_from"))


def uses_by_order(numbers: Collection[str]) -> dict[str, dict[int, int]]:
    """What each of the orders takes of the limits of rules, by number and rule."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    uses = RuleUse.objects.filter(source__in=[f"order:{number}" for number in numbers])
    for source, rule_id, points in uses.values_list("source", "rule_id", "points"):
        found[source.removeprefix("order:")][rule_id] = points
    return found


def is_used(source: str) -> bool:
    """Whether any rule has given something for that act."""
    return RuleUse.objects.filter(source=source).exists()


def miscounted() -> list[tuple[int, int, int]]:
    """Rules with what they say is used and what their uses take, where that is not the same."""
    summed = EarningRule.objects.annotate(taken=Coalesce(Sum("uses__points"), 0))
    return list(summed.exclude(used=F("taken")).values_list("pk", "used", "taken"))


def newest_version(rule_id: int) -> RuleVersion:
    """What a rule says now, or will, or that it has ended."""
    return RuleVersion.objects.get(
        pk=EarningRule.objects.values("current").get(pk=rule_id)["current"]
    )


def newest_versions() -> list[RuleVersion]:
    """What every rule says that has not ended, the oldest rule first."""
    newest = EarningRule.objects.filter(current__isnull=False).values("current")
    return list(RuleVersion.objects.filter(pk__in=newest, retired=False).order_by("rule_id"))


def rule_of(version: RuleVersion) -> Rule:
    """A version, saved or not, as policies see it."""
    values = {name: getattr(version, name) for name in _RULE_FIELDS}
    return Rule(version_id=values.pop("pk") or 0, **{**values, "rule_id": version.rule_id or 0})


def versions_behind(awards: Iterable[Award]) -> dict[int, RuleVersion]:
    """The versions that stored decisions name, with what they are about, by id."""
    return versions_named({pk for award in awards for pk in stored.versions(award.breakdown)})


def versions_beside(award: Award) -> dict[int, RuleVersion]:
    """Those about orders that were in force, and that no line of a priced order fell under."""
    if not award.breakdown["lines"]:
        return {}
    then = in_force(versions(), award.placed_at)
    about_orders = {rule.version_id for rule in then if rule.trigger == "order"}
    return versions_named(about_orders - stored.versions(award.breakdown))


def versions_named(ids: Collection[int]) -> dict[int, RuleVersion]:
    """These versions with what they are about, by id."""
    rows = RuleVersion.objects.filter(pk__in=ids).select_related("category", "range")
    return {row.pk: row for row in rows.select_related("product__parent")} if ids else {}


def taken(
    rules: Collection[Rule], used: dict[int, int], account_ids: Collection[int]
) -> dict[int, Taken]:
    """
    What has been given by these rules before, for each of the accounts.

    `used` is that to everybody, as whoever locked the rules was told; it is shared by all of them.
    """
    mine: dict[int, list[Use]] = defaultdict(list)
    if any(rule.limits_members for rule in rules):
        uses = RuleUse.objects.filter(rule_id__in=used, account_id__in=account_ids, points__gt=0)
        for account_id, *use in uses.values_list("account_id", "rule_id", "used_at", "points"):
            mine[account_id].append(Use(*use))
    return {account_id: Taken(used, mine[account_id]) for account_id in account_ids}


def taken_but_for(order_number: str, rules: Collection[Rule], account_id: int) -> Taken:
    """The same by now as if that order had never been; nothing is locked."""
    ids = {rule.rule_id for rule in rules}
    uses = RuleUse.objects.filter(rule_id__in=ids).exclude(source=f"order:{order_number}")
    summed = uses.order_by().values("rule_id").annotate(used=Sum("points"))
    used = dict(summed.values_list("rule_id", "used"))
    mine = uses.filter(account_id=account_id, points__gt=0)
    return Taken(used, [Use(*use) for use in mine.values_list("rule_id", "used_at", "points")])


def display_terms() -> tuple[Terms, tuple[Rule, ...]] | None:
    """
    The terms and every version of every rule, as pages may show them: at most a minute old.

    Anonymous pages get by without a query of ours; whoever decides asks `terms_and_rules`.
    """
    cached: tuple[tuple[Terms, tuple[Rule, ...]] | None] | None = cache.get(_DISPLAYED)
    if cached is None:
        known = _terms_with("rules__versions")
        cached = (known if known and known[0].active else None,)
        cache.set(_DISPLAYED, cached, DISPLAY_SECONDS)
    return cached[0]


def forget_display() -> None:
    """Show changed terms and rules at once."""
    cache.delete(_DISPLAYED)


def rules_in_words(*, at: datetime, limit: int) -> list[RuleVersion]:
    """What the rules in force say, with what they are about, those that give something first."""
    known = terms_and_rules()
    found = versions_named([rule.version_id for rule in rules_at(known[1], at)] if known else ())
    said = sorted(
        found.values(), key=lambda version: (version.effect == "excludes", version.rule_id)
    )
    return said[:limit]


def awards_of(account_id: int, order_numbers: list[str]) -> dict[str, Award]:
    """The decisions about the named orders of an account, by order number."""
    awards = Award.objects.filter(account_id=account_id, order_number__in=order_numbers)
    return {award.order_number: award for award in awards}


def ordered_since(moment: datetime) -> Exists:
    """Whether the member of an outer row's `account_id` has placed an order since `moment`."""
    placed = Award.objects.filter(account_id=OuterRef("account_id"), placed_at__gte=moment)
    return Exists(placed)


def last_order_at(account_id: int) -> Subquery:
    """When the member placed their newest order, as part of another query."""
    placed = Award.objects.filter(account_id=account_id).order_by("-placed_at")
    return Subquery(placed.values("placed_at")[:1])


def last_order_number(account_id: int) -> str:
    """The number of the member's newest order; empty for none."""
    placed = Award.objects.filter(account_id=account_id).order_by("-placed_at")
    return placed.values_list("order_number", flat=True).first() or ""


def newest() -> int:
    """The number of the decision made last; 0 before the first."""
    return Award.objects.aggregate(newest=Coalesce(Max("pk"), 0))["newest"]


def customers_since(number: int) -> Iterator[int]:
    """The accounts of orders that were decided about after that number, each once."""
    awards = Award.objects.filter(pk__gt=number).order_by("account_id")
    return awards.values_list("account_id", flat=True).distinct().iterator()


def purchases_of(account_ids: Collection[int]) -> dict[int, list[tuple[datetime, str]]]:
    """When each of these members placed which of their orders that stand, oldest first."""
    placed: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    rows = Award.objects.filter(_PURCHASES, account_id__in=account_ids)
    rows = rows.order_by("account_id", "placed_at", "pk")
    for account_id, *purchase in rows.values_list("account_id", "placed_at", "order_number"):
        placed[account_id].append(tuple(purchase))
    return placed


def has_bought_since(account_id: int, moment: datetime) -> bool:
    """Whether an order of the member's that stands was placed after that moment."""
    later = Award.objects.filter(account_id=account_id, placed_at__gt=moment)
    return later.filter(_PURCHASES).exists()


def revenue_within(days: int, *, since: str) -> Subquery:
    """
    What is kept of orders placed in so many days after a moment in an outer row; None for none.

    As part of another query, whose rows have an `account_id` and, by that name, the moment.
    """
    start = OuterRef(since)
    placed = Award.objects.filter(
        _PURCHASES,
        account_id=OuterRef("account_id"),
        placed_at__gt=start,
        placed_at__lte=start + timedelta(days=days),
    )
    summed = placed.order_by().values("account_id").annotate(revenue=Sum("kept_base"))
    return Subquery(summed.values("revenue"))


def award_of(order_number: str) -> Award | None:
    """The decision about an order."""
    return Award.objects.filter(order_number=order_number).first()


def orders_and_points() -> tuple[int, int]:
    """How many orders have been decided about, and the points they carry."""
    totals = Award.objects.aggregate(orders=Count("pk"), points=Coalesce(Sum("carried"), 0))
    return totals["orders"], totals["points"]


def order_numbers(*, account_id: int | None = None) -> Iterator[str]:
    """Numbers of all orders that were decided about."""
    awards = Award.objects.filter(account_id=account_id) if account_id else Award.objects.all()
    return awards.order_by("pk").values_list("order_number", flat=True).iterator()


def decided(order_numbers: Sequence[str]) -> list[Award]:
    """The decisions about these orders."""
    awards = Award.objects.filter(order_number__in=order_numbers)
    return list(awards.select_related("account"))


def awaiting_decision(orders: QuerySet) -> Iterator[str]:
    """Numbers of those of the shop's orders that nobody has decided about."""
    decided = Award.objects.filter(order_number=OuterRef("number"))
    return orders.filter(~Exists(decided)).values_list("number", flat=True).iterator()


def undecided(order_numbers: list[str]) -> list[str]:
    """Those of the orders that nobody has decided about, in the order given."""
    decided = set(
        Award.objects.filter(order_number__in=order_numbers).values_list("order_number", flat=True)
    )
    return [number for number in order_numbers if number not in decided]


def reduced(order_numbers: QuerySet) -> QuerySet:
    """Those of a subquery of numbers whose award says that something has come back."""
    smaller = Q(cancelled=True) | Q(carried__lt=F("points")) | Q(kept_base__lt=F("base"))
    awards = Award.objects.filter(smaller, order_number__in=order_numbers)
    return awards.values_list("order_number", flat=True)


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """The decisions about the orders of these accounts."""
    return {
        "orders": bulk.rows_in(Award.objects.filter(account_id__in=account_ids)),
        "rule_uses": bulk.rows_in(RuleUse.objects.filter(account_id__in=account_ids)),
    }


def awaiting(order_numbers: QuerySet | None = None) -> list[str]:
    """Orders whose points wait for a status; of those a subquery of numbers names, if given."""
    waiting = Award.objects.filter(matured=False, available_at__isnull=True, carried__gt=0)
    if order_numbers is not None:
        waiting = waiting.filter(order_number__in=order_numbers)
    return list(waiting.order_by("pk").values_list("order_number", flat=True))
