"""Whether a message may go, and when: as tables."""

from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages.policy import (
    MARKETING,
    SIGN_IN_CHANGED,
    THANK_YOU,
    Drop,
    Kind,
    Limits,
    Prospect,
    Wait,
)

LONDON = ZoneInfo("Europe/London")
NIGHT_OWLS = Limits(2, time(21), time(8), LONDON)
OFFER = Kind("offer", marketing=True, rank=50, fresh_for=timedelta(days=3))
#: A Wednesday, where London's clock shows UTC.
NOON = datetime(2026, 1, 14, 12, tzinfo=timezone.utc)

SERVICE = Prospect(
    THANK_YOU, NOON, active=True, wanted=True, restrained=False, reachable=True, order_stands=True
)
ADVERT = replace(SERVICE, kind=OFFER, order_stands=None)


def at(day, hour, minute=0):
    return datetime(2026, 1, day, hour, minute, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("prospect", "reason"),
    [
        (replace(SERVICE, active=False), "switched-off"),
        (replace(SERVICE, restrained=True), "restrained"),
        (replace(SERVICE, reachable=False), "unreachable"),
        (replace(SERVICE, order_stands=False), "order-gone"),
        (replace(SERVICE, still_true=False), "not-true"),
        (replace(SERVICE, wanted=False), "unwanted"),
        (replace(SERVICE, planned_at=NOON - timedelta(days=3, seconds=1)), "too-late"),
        (replace(ADVERT, wanted=False), "unwanted"),
        # What keeps it back for ever is said first.
        (replace(ADVERT, wanted=False, outranked=True), "unwanted"),
        (replace(SERVICE, restrained=True, reachable=False), "restrained"),
    ],
)
def test_what_is_never_sent(prospect, reason):
    assert policy.verdict(prospect, NIGHT_OWLS, at=NOON) == Drop(reason)


@pytest.mark.parametrize(
    "prospect",
    [
        SERVICE,
        replace(SERVICE, order_stands=None),
        replace(SERVICE, planned_at=NOON - timedelta(days=3)),
        ADVERT,
        replace(ADVERT, sent_at=[at(13, 12)]),
    ],
)
def test_what_may_go(prospect):
    assert policy.verdict(prospect, NIGHT_OWLS, at=NOON) is None


def test_service_knows_neither_night_nor_number():
    restless = replace(SERVICE, sent_at=[NOON] * 9, outranked=True)
    assert policy.verdict(restless, NIGHT_OWLS, at=at(14, 23)) is None


def test_what_disturbs_nobody_knows_neither_but_is_only_for_who_wants_it():
    silent = replace(ADVERT, silent=True, planned_at=at(14, 23), sent_at=[NOON] * 9, outranked=True)
    assert policy.verdict(silent, replace(NIGHT_OWLS, weekly=0), at=at(14, 23)) is None
    unwanted = replace(silent, wanted=False)
    assert policy.verdict(unwanted, NIGHT_OWLS, at=at(14, 23)) == Drop("unwanted")


@pytest.mark.parametrize(
    ("kind", "address", "channels"),
    [
        (THANK_YOU, "", ["site", "sms"]),
        (THANK_YOU, "bob@example.com", ("email",)),
        (SIGN_IN_CHANGED, "", ("email",)),
    ],
)
def test_what_must_reach_an_address_goes_by_mail(kind, address, channels):
    assert policy.channels_for(kind, ["site", "sms"], address=address) == channels


def test_each_channel_has_a_key_of_its_own_and_mail_the_plain_one():
    keys = [policy.key_of(THANK_YOU, "7", channel=channel) for channel in ("email", "site")]
    assert keys == ["thank-you:7", "thank-you:7@site"]


@pytest.mark.parametrize(
    ("prospect", "now", "until"),
    [
        ("at night", at(14, 22), at(15, 8)),
        ("in the small hours", at(15, 3), at(15, 8)),
        ("a minute before it is over", at(15, 7, 59), at(15, 8)),
    ],
)
def test_marketing_waits_for_the_morning(prospect, now, until):
    advert = replace(ADVERT, planned_at=now)
    assert policy.verdict(advert, NIGHT_OWLS, at=now) == Wait(until)


@pytest.mark.parametrize("now", [at(14, 8), at(14, 20, 59), at(14, 12)])
def test_marketing_goes_by_day(now):
    assert policy.verdict(replace(ADVERT, planned_at=now), NIGHT_OWLS, at=now) is None


@pytest.mark.parametrize(
    ("sent", "until"),
    [
        ([at(9, 10), at(13, 12)], at(16, 10)),
        # The oldest frees the first place, however they are ordered.
        ([at(13, 12), at(9, 10)], at(16, 10)),
        # Three, after the limit was lowered: two of them must have become old.
        ([at(8, 12), at(9, 10), at(13, 12)], at(16, 10)),
        # A place that is freed at night is taken in the morning.
        ([at(8, 22), at(13, 12)], at(16, 8)),
    ],
)
def test_no_more_than_so_many_in_any_week(sent, until):
    assert policy.verdict(replace(ADVERT, sent_at=sent), NIGHT_OWLS, at=NOON) == Wait(until)


def test_with_a_limit_of_nought_marketing_never_goes():
    silent = replace(NIGHT_OWLS, weekly=0)
    now = NOON
    for _week in range(60):
        held_up = policy.verdict(replace(ADVERT, planned_at=now), silent, at=now)
        assert isinstance(held_up, Wait)
        assert held_up.until > now
        now = held_up.until


def test_what_is_more_important_goes_first():
    outranked = replace(ADVERT, outranked=True)
    assert policy.verdict(outranked, NIGHT_OWLS, at=NOON) == Wait(NOON + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("start", "end", "moment", "expected"),
    [
        (time(0), time(0), at(14, 3), at(14, 3)),
        (time(13), time(15), at(14, 12), at(14, 12)),
        (time(13), time(15), at(14, 13), at(14, 15)),
        (time(13), time(15), at(14, 15), at(14, 15)),
        (time(21), time(0), at(14, 22), at(15, 0)),
        (time(0), time(8), at(14, 0), at(14, 8)),
    ],
)
def test_quiet_hours_of_any_shape(start, end, moment, expected):
    limits = Limits(2, start, end, LONDON)
    assert policy.end_of_quiet(moment, limits) == expected


def test_quiet_hours_are_those_of_the_shop():
    tehran = replace(NIGHT_OWLS, zone=ZoneInfo("Asia/Tehran"))
    assert policy.end_of_quiet(at(14, 18), tehran) == at(15, 4, 30)


def test_the_night_on_which_the_clocks_change():
    midnight = datetime(2026, 3, 29, 0, tzinfo=timezone.utc)
    assert policy.end_of_quiet(midnight, NIGHT_OWLS) == midnight + timedelta(hours=7)


@pytest.mark.parametrize(
    ("kind", "choices", "wanted"),
    [
        (THANK_YOU, {}, True),
        (THANK_YOU, {MARKETING: False}, True),
        (THANK_YOU, {THANK_YOU.code: False}, False),
        (THANK_YOU, {THANK_YOU.code: True}, True),
        (OFFER, {}, False),
        (OFFER, {MARKETING: True}, True),
        (OFFER, {MARKETING: False, OFFER.code: True}, False),
        (OFFER, {MARKETING: True, OFFER.code: False}, False),
    ],
)
def test_marketing_is_asked_for_and_service_is_declined(kind, choices, wanted):
    assert policy.wants(kind, choices) is wanted


def test_eight_tries_further_and_further_apart():
    tries, now = [], NOON
    for attempts in range(1, policy.TRIES):
        now = policy.next_try(attempts, at=now)
        tries.append(now - NOON)
    assert tries == [timedelta(minutes=total) for total in (1, 6, 21, 81, 321, 1041, 2481)]
    assert policy.next_try(policy.TRIES, at=now) is None


def test_no_two_kinds_share_a_rank():
    ranks = [kind.rank for kind in policy.KINDS.values()]
    assert len(set(ranks)) == len(ranks)


def test_what_looks_ahead_leaves_when_it_is_found():
    assert policy.planned_at(policy.CHECK_IN, NOON, days=7) == NOON + timedelta(days=7)
    assert policy.planned_at(policy.POINTS_EXPIRING, NOON, days=30) == NOON


def test_at_night_only_what_is_prompt_leaves():
    question = replace(SERVICE, kind=policy.CHECK_IN)
    assert policy.verdict(SERVICE, NIGHT_OWLS, at=at(14, 23)) is None
    assert policy.verdict(question, NIGHT_OWLS, at=at(14, 23)) == Wait(at(15, 8))
