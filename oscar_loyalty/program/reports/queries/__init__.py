"""Every report there is; each module answers one question."""

from oscar_loyalty.program.reports.policy.tables import Report
from oscar_loyalty.program.reports.queries import (
    churn,
    cohorts,
    cost,
    frequency,
    liability,
    lifetime_value,
    lift,
    members,
    order_value,
    points,
    repeat,
    retention,
    rfm,
    stages,
    tiers,
)

REPORTS: dict[str, Report] = {
    module.REPORT.name: module.REPORT
    for module in (
        retention,
        churn,
        repeat,
        frequency,
        order_value,
        lifetime_value,
        cohorts,
        stages,
        rfm,
        members,
        tiers,
        points,
        liability,
        cost,
        lift,
    )
}
