"""
Reports over a shop's past, against hand-written statements that read the orders themselves.

Customers come over three years and order again at random, most of them seldom, a few often. The
references answer for the whole time only, where a report goes through its months besides. One more
day is as large for a small shop as for a large one.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from functools import partial
from multiprocessing import get_context
from statistics import median

from django.db import connection

from benchmarks import database, programme_reports
from benchmarks.one_report import all_made
from benchmarks.report import Line
from oscar_loyalty.flows import lifetime_fitted, report_made, sales_counted
from oscar_loyalty.models import LifetimeModel, Programme, Tier
from tests import world

AT = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
FIRST, LAST = date(2025, 7, 1), date(2026, 6, 30)
LOOKS = 3
ORDERS_EACH = 5
A_DAY = 1_000

_KEPT = "FROM order_order WHERE user_id IS NOT NULL AND status <> 'Cancelled'"
_MONTH = programme_reports.MONTH.format("date_placed")
_START, _STOP = programme_reports.START, programme_reports.STOP
_YEAR_BEFORE = "timestamptz '2024-07-01 00:00 Europe/London'"
_STAY = f"""
    SELECT count(*) FILTER (WHERE at_start), count(*) FILTER (WHERE at_end),
           count(*) FILTER (WHERE at_start AND at_end)
      FROM (SELECT bool_or(date_placed < {_START}) AS at_start,
                   bool_or(date_placed >= {_START}) AS at_end
              {_KEPT} AND date_placed >= {_YEAR_BEFORE} AND date_placed < {_STOP}
             GROUP BY user_id) AS customer"""
_AGAIN = f"""
    SELECT count(*), count(*) FILTER (WHERE orders >= 2)
      FROM (SELECT count(*) AS orders {_KEPT} AND date_placed < {_STOP} GROUP BY user_id
            HAVING max(date_placed) >= {_START}) AS customer"""
_OFTEN = f"""
    SELECT count(*), count(DISTINCT user_id)
      {_KEPT} AND date_placed >= {_START} AND date_placed < {_STOP}"""
_WORTH = f"""
    SELECT came = month, count(*), sum(total_incl_tax)
      FROM (SELECT {_MONTH} AS month, total_incl_tax, date_placed,
                   min({_MONTH}) OVER (PARTITION BY user_id) AS came {_KEPT}) AS sale
     WHERE date_placed >= {_START} AND date_placed < {_STOP} GROUP BY 1"""
_COHORTS = f"""
    SELECT came, month, count(*)
      FROM (SELECT user_id, {_MONTH} AS month,
                   min({_MONTH}) OVER (PARTITION BY user_id) AS came
              {_KEPT} GROUP BY 1, 2) AS bought
     WHERE came >= '2025-07-01' GROUP BY 1, 2"""
_STAGES = f"""
    SELECT least(before, 5), least(orders, 5), count(*)
      FROM (SELECT count(*) FILTER (WHERE date_placed < {_START}) AS before, count(*) AS orders
              {_KEPT} AND date_placed < {_STOP} GROUP BY user_id) AS customer GROUP BY 1, 2"""
_RFM = f"""
    SELECT r, f, m, count(*), sum(orders), sum(spend)
      FROM (SELECT orders, spend, ntile(5) OVER (ORDER BY last_at) AS r,
                   ntile(5) OVER (ORDER BY orders) AS f, ntile(5) OVER (ORDER BY spend) AS m
              FROM (SELECT max(date_placed) AS last_at, count(*) AS orders,
                           sum(total_incl_tax) AS spend
                      {_KEPT} AND date_placed < {_STOP} GROUP BY user_id) AS customer) AS scored
     GROUP BY 1, 2, 3"""
_VALUE = f"""
    SELECT came, count(*), sum(orders), sum(spend)
      FROM (SELECT min({_MONTH}) AS came, count(*) AS orders, sum(total_incl_tax) AS spend
              {_KEPT} AND date_placed < {_STOP} GROUP BY user_id) AS customer
     WHERE came >= '2025-07-01' GROUP BY 1"""
#: For each report the best statement that needs no roll-ups.
DIRECTLY = {
    "retention": _STAY,
    "churn": _STAY,
    "repeat": _AGAIN,
    "frequency": _OFTEN,
    "order-value": _WORTH,
    "lifetime-value": _VALUE,
    "cohorts": _COHORTS,
    "stages": _STAGES,
    "rfm": _RFM,
    **programme_reports.DIRECTLY,
}
#: By what the roll-ups must be quicker, or may be slower.
TARGETS = {"cohorts": 0.1}


def measure(orders: int) -> Iterator[Line]:
    """Seconds as ratios; those of one more day as they are."""
    Programme.objects.all().delete()
    Tier.objects.all().delete()
    world.programme()
    silver = world.tier("Silver", 1, "100")
    small, few = _shop(orders // 10, silver), _memory()
    yield Line("reports: orders", orders, digits=0)
    counted = _shop(orders, silver)
    ((rows,),) = _read("SELECT count(*) FROM oscar_loyalty_customermonth")
    yield Line("reports: months of customers", rows, digits=0)
    yield Line("reports: everything counted anew, orders per second", orders / counted[0], digits=0)
    yield Line(f"reports: {A_DAY:,} orders more, seconds", counted[1], 0.2)
    yield Line("        against a shop of a tenth", counted[1] / small[1], 1.5)
    for name, statement in DIRECTLY.items():
        ask = partial(report_made.run, name, first=FIRST, last=LAST, at=AT)
        ours, reference = _seconds(ask), _seconds(partial(_read, statement))
        yield Line(f"reports: {name} against one statement", ours / reference, TARGETS.get(name, 2))
        yield Line("        seconds", ours, 1)
    growth = (_memory() - few) / 1024
    yield Line("reports: memory of all, more than for a tenth, MB", growth, 10, digits=1)
    LifetimeModel.objects.all().delete()
    before = time.perf_counter()
    learned = lifetime_fitted.run(at=AT)
    yield Line("reports: customers learned from per second", learned / _since(before), digits=0)


def _shop(orders: int, tier: Tier) -> tuple[float, float]:
    """How long it takes to count all of its orders, and then to count those of one more day."""
    fill(orders)
    programme_reports.run_a_programme(tier.pk)
    before = time.perf_counter()
    sales_counted.run_anew(at=AT)
    anew = _since(before)
    database.run("VACUUM ANALYZE oscar_loyalty_customermonth", "VACUUM ANALYZE order_order")
    days = []
    for _look in range(LOOKS):
        _sell(A_DAY, customers=orders // ORDERS_EACH, numbered=f"day{len(days)}", today=True)
        before = time.perf_counter()
        sales_counted.run(at=AT)
        days.append(_since(before))
    return anew, median(days)


def fill(orders: int) -> None:
    """A shop with so many orders of three years, and nothing else."""
    customers = orders // ORDERS_EACH
    database.run(
        "SET session_replication_role = replica",
        "TRUNCATE order_order, oscar_loyalty_account, auth_user RESTART IDENTITY CASCADE",
        """TRUNCATE oscar_loyalty_customermonth, oscar_loyalty_reducedorder, oscar_loyalty_rollup,
                    oscar_loyalty_goneoffer""",
        f"""INSERT INTO auth_user (username, email, password, first_name, last_name, is_staff,
                                   is_superuser, is_active, date_joined)
            SELECT 'customer' || c, '', '', '', '', false, false, true, '2023-01-01'
              FROM generate_series(1, {customers}) AS c""",
        "SET session_replication_role = DEFAULT",
    )
    _sell(orders, customers=customers, numbered="past")
    database.run("VACUUM ANALYZE")


def _sell(orders: int, *, customers: int, numbered: str, today: bool = False) -> None:
    """
    Orders of customers at random, small numbers more often; none before their owner's first.

    In the past, customers come in the order of their numbers.
    """
    came = f"(customer::float / {customers} * 1000)"
    days = "0" if today else f"{came} + power(random(), 2) * (1095 - {came})"
    database.run(
        f"""INSERT INTO order_order (number, user_id, currency, total_incl_tax, total_excl_tax,
                shipping_incl_tax, shipping_excl_tax, shipping_method, shipping_code, status,
                guest_email, date_placed, analytics_tracked)
            SELECT '{numbered}-' || n, customer, 'GBP', price, price, 0, 0, '', '',
                   CASE WHEN n % 50 = 0 THEN 'Cancelled' ELSE 'Complete' END, '',
                   timestamptz '2026-06-30 12:00' - ({0 if today else 1095} - ({days}))
                       * interval '1 day', false
              FROM (SELECT n, 1 + floor(power(random(), 1.5) * {customers})::int AS customer,
                           round((random() * 90 + 10)::numeric, 2) AS price
                      FROM generate_series(1, {orders}) AS n) AS sale"""
    )


def _memory() -> float:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(all_made, (FIRST, LAST, AT))


def _read(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _seconds(act: Callable[[], object]) -> float:
    times = []
    for _look in range(LOOKS):
        before = time.perf_counter()
        act()
        times.append(_since(before))
    return median(times)


def _since(before: float) -> float:
    return time.perf_counter() - before
