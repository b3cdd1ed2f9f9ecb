"""What rules ask for, and which version of them is in force: tables to check by hand."""

from dataclasses import replace
from datetime import date, datetime, time, timezone
from decimal import Decimal

import pytest

from oscar_loyalty.program.earning.policy import Buyer
from oscar_loyalty.program.earning.policy.rules import Rule, RuleFacts, in_force, why_not

#: A Friday, in London's summer.
FRIDAY = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)


def rule(rule_id=1, **says):
    return Rule(rule_id, rule_id, "points", **{"points": 10, **says})


# ---------------------------------------------------------------- conditions

KNOWN = RuleFacts(
    local=FRIDAY,
    buyer=Buyer(tier_id=3, groups={5, 6}, language="de", nth_order=2),
    spend=Decimal(50),
    country="GB",
)


@pytest.mark.parametrize(
    ("case", "asks", "expected"),
    [
        ("nothing", {}, ""),
        ("its first day", {"first_day": date(2026, 6, 5)}, ""),
        ("the day before", {"first_day": date(2026, 6, 6)}, "not-yet"),
        ("its last day", {"last_day": date(2026, 6, 5)}, ""),
        ("the day after", {"last_day": date(2026, 6, 4)}, "over"),
        ("the weekday", {"weekdays": [1, 5]}, ""),
        ("another weekday", {"weekdays": [4, 6]}, "weekday"),
        ("the first moment", {"from_time": time(12), "until_time": time(13)}, ""),
        ("the last moment", {"from_time": time(11), "until_time": time(12)}, "hours"),
        ("too early", {"from_time": time(13), "until_time": time(14)}, "hours"),
        ("through midnight", {"from_time": time(22), "until_time": time(2)}, "hours"),
        # At noon on Friday it is still what began on Thursday.
        (
            "through midnight and longer",
            {"from_time": time(13), "until_time": time(12, 30), "weekdays": [5]},
            "weekday",
        ),
        ("the tier", {"tiers": [2, 3]}, ""),
        ("another tier", {"tiers": [2, 0]}, "tier"),
        ("one of the groups", {"groups": [4, 5]}, ""),
        ("none of the groups", {"groups": [4]}, "group"),
        ("the language", {"languages": ["en", "de"]}, ""),
        ("another language", {"languages": ["en"]}, "language"),
        ("the country", {"countries": ["FR", "GB"]}, ""),
        ("another country", {"countries": ["FR"]}, "country"),
        ("which order", {"nth_order": 2}, ""),
        ("another order", {"nth_order": 1}, "nth-order"),
        ("the minimum", {"minimum": Decimal(50)}, ""),
        ("below it", {"minimum": Decimal("50.01")}, "minimum"),
        ("the first that is not met", {"tiers": [2], "minimum": Decimal(99)}, "tier"),
    ],
)
def test_conditions(case, asks, expected):
    assert why_not(rule(**asks), KNOWN) == expected


@pytest.mark.parametrize(
    ("hour", "weekdays", "expected"),
    [
        (21, [5], "hours"),
        (22, [5], ""),
        (23, [5], ""),
        (24, [5], ""),
        (25, [5], ""),
        (26, [5], "weekday"),
        (25, [6], "weekday"),
        (22 + 24, [6], ""),
    ],
)
def test_hours_through_midnight_belong_to_the_day_on_which_they_begin(hour, weekdays, expected):
    days, hour = divmod(hour, 24)
    local = FRIDAY.replace(day=5 + days, hour=hour)
    asks = {"from_time": time(22), "until_time": time(2), "weekdays": weekdays}
    assert why_not(rule(**asks), replace(KNOWN, local=local)) == expected


@pytest.mark.parametrize(
    "asks",
    [
        {"tiers": [0]},
        {"groups": [4]},
        {"languages": ["de"]},
        {"countries": ["GB"]},
        {"nth_order": 1},
        {"minimum": Decimal(1)},
    ],
)
def test_what_is_not_known_is_not_met(asks):
    nothing_known = RuleFacts(FRIDAY, Buyer())
    assert why_not(rule(**asks), nothing_known) == "unknown"
    assert why_not(rule(**asks, weekdays=[1]), nothing_known) == "weekday"


# ---------------------------------------------------------------- versions


def test_the_version_of_the_day_is_in_force():
    june, july = (datetime(2026, month, 1, tzinfo=timezone.utc) for month in (6, 7))
    always = rule(1, points=1)
    from_june = replace(rule(1, points=2, in_force_from=june), version_id=11)
    from_july = replace(rule(1, in_force_from=july, retired=True), version_id=12)
    versions = [always, from_june, from_july, rule(2, points=5, in_force_from=july)]

    def said(at):
        return [(one.rule_id, one.points) for one in in_force(versions, at)]

    assert said(june.replace(year=2000)) == [(1, 1)]
    assert said(june) == said(FRIDAY) == [(1, 2)]
    assert said(july) == [(2, 5)]


def test_of_two_versions_from_one_moment_the_newer_is_in_force():
    first, second = (
        replace(rule(1, points=points, in_force_from=FRIDAY), version_id=points)
        for points in (1, 2)
    )
    assert in_force([first, second], FRIDAY) == [second]
