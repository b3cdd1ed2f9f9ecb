"""One search in a process of its own; what is imported here must not need Django yet."""

import resource
import time


def celebrated() -> dict[str, float]:
    """Celebrate a day's birthdays; seconds, how many, the most memory it held, in kB."""
    import django

    django.setup()
    from datetime import datetime, timezone

    from oscar_loyalty.flows import birthdays_found

    before = time.perf_counter()
    found = birthdays_found.run(at=datetime(2026, 3, 5, 12, tzinfo=timezone.utc))
    return {
        "seconds": time.perf_counter() - before,
        "found": found,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
