"""What rules give for an order, worked out slowly and plainly, by the words of their promise."""

from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

SHIPPING = 0


def applies(rule, order, terms, buyer, spend):
    """Whether all that a rule asks for is met."""
    local = order.placed_at.astimezone(ZoneInfo(terms.time_zone))
    asked = [
        (rule.tiers, buyer.tier_id in rule.tiers),
        (rule.groups, any(group in rule.groups for group in buyer.groups or ())),
        (rule.languages, buyer.language in rule.languages),
        (rule.countries, order.country in rule.countries),
        (rule.nth_order, buyer.nth_order == rule.nth_order),
        (rule.minimum, spend >= rule.minimum),
    ]
    return within(rule, local) and all(met for asks, met in asked if asks)


def within(rule, local):
    """Whether some day that the rule is good on has hours that hold the moment."""
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        if rule.first_day and day < rule.first_day:
            continue
        if rule.last_day and day > rule.last_day:
            continue
        if rule.weekdays and day.isoweekday() not in rule.weekdays:
            continue
        start, end = datetime.combine(day, datetime.min.time()), None
        if rule.from_time is None:
            end = start + timedelta(days=1)
        else:
            start = datetime.combine(day, rule.from_time)
            end = datetime.combine(day, rule.until_time)
            if end < start:
                end += timedelta(days=1)
        if start <= local.replace(tzinfo=None) < end:
            return True
    return False


def left(rule, taken, order, terms):
    """How many points it may give at most; a million million for as many as it likes."""
    zone = ZoneInfo(terms.time_zone)
    today = order.placed_at.astimezone(zone).date()
    same = {
        "day": lambda day: day == today,
        "week": lambda day: (
            day - timedelta(days=day.weekday()) == today - timedelta(days=today.weekday())
        ),
        "month": lambda day: day.replace(day=1) == today.replace(day=1),
        "year": lambda day: day.year == today.year,
    }
    mine = [use for use in taken.by_member if use.rule_id == rule.rule_id]
    most = [10**12]
    if rule.cap_order:
        most.append(rule.cap_order)
    if rule.cap_member:
        most.append(rule.cap_member - sum(use.points for use in mine))
    if rule.cap_period:
        now = [use for use in mine if same[rule.period](use.used_at.astimezone(zone).date())]
        most.append(rule.cap_period - sum(use.points for use in now))
    if rule.budget:
        most.append(rule.budget - taken.by_all.get(rule.rule_id, 0))
    return max(min(most), 0)


def priced(order, terms, multiplier, rules, is_about, buyer, taken):
    """The points of the order, and what each rule gave."""
    money = {line.line_id: Fraction(line.paid_incl_tax) for line in order.lines}
    items = {line.line_id: line.quantity for line in order.lines}
    spend = sum(money.values())
    if terms.counts_shipping:
        money[SHIPPING] = Fraction(order.shipping_incl_tax)
    most = {rule.rule_id: left(rule, taken, order, terms) for rule in rules}
    good = [
        rule
        for rule in rules
        if applies(rule, order, terms, buyer, spend)
        and (most[rule.rule_id] or rule.effect == "excludes")
        and has_enough(rule, [items[pk] for pk in items if is_about(rule, pk)])
    ]
    out = {pk for pk in money for rule in good if rule.effect == "excludes" and is_about(rule, pk)}
    base = {pk: paid * terms.rate * Fraction(multiplier) for pk, paid in money.items()}
    running = {pk: points for pk, points in base.items() if pk not in out}
    total = sum(running.values())
    lines_of = {pk: shared([rule for rule in good if is_about(rule, pk)]) for pk in running}
    given = {}
    for rule in sorted(good, key=lambda rule: (-rule.priority, rule.rule_id)):
        lines = [pk for pk in running if rule in lines_of[pk]]
        gives = amount(rule, lines, money, items, running)
        if gives:
            given[rule.rule_id] = min(gives, Fraction(most[rule.rule_id]))
    return int((total + sum(given.values())) // 1), given


def has_enough(rule, items):
    """Whether there are as many items as a rule for so many asks for."""
    return rule.effect != "points" or not rule.every or sum(items) >= rule.every


def shared(rules):
    """Of the rules on a line, those that get it."""
    alone = [rule for rule in rules if not rule.stackable]
    alone.sort(key=lambda rule: (-specific(rule), -rule.priority, rule.rule_id))
    return [rule for rule in rules if rule.stackable] + alone[:1]


def amount(rule, lines, money, items, running):
    """What it has for these lines; of a multiplier the next one multiplies that too."""
    goods = [pk for pk in lines if pk != SHIPPING]
    if rule.effect == "multiplier":
        more = {pk: running[pk] * (Fraction(rule.factor) - 1) for pk in lines}
        for pk in lines:
            running[pk] += more[pk]
        return sum(more.values())
    if rule.effect == "per-money":
        return sum(money[pk] for pk in lines) * rule.points / Fraction(rule.per_amount)
    if rule.effect == "points" and goods:
        times = sum(items[pk] for pk in goods) // rule.every if rule.every else 1
        return Fraction(rule.points * times)
    return Fraction(0)


def specific(rule):
    """How narrow it is."""
    kinds = (rule.range_id, rule.category_id, rule.product_id)
    return max((place for place, kind in enumerate(kinds, start=1) if kind), default=0)
