"""Every report there is; each module answers one question."""

from oscar_loyalty.program.reports.policy.tables import Report
from oscar_loyalty.program.reports.queries import (
    churn,
    cohorts,
    frequency,
    lifetime_value,
    order_value,
    repeat,
    retention,
    rfm,
    stages,
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
    )
}
