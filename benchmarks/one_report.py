"""All reports in a process of their own; what is imported here must not need Django yet."""

import resource
from datetime import date, datetime


def all_made(first: date, last: date, at: datetime) -> float:
    """Make every report for these days, and return the most memory that was held, in kB."""
    import django

    django.setup()
    from oscar_loyalty.flows import report_made
    from oscar_loyalty.program.reports.queries import REPORTS

    for name in REPORTS:
        report_made.run(name, first=first, last=last, at=at)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
