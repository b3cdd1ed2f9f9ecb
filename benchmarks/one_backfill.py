"""One backfill in a process of its own; what is imported here must not need Django yet."""

import resource
import time


def backfilled() -> dict[str, float]:
    """Backfill in this process; seconds, orders awarded, and the most memory it held, in kB."""
    import django

    django.setup()
    from django.utils import timezone

    from oscar_loyalty.flows import backfill

    before = time.perf_counter()
    summary = backfill.run(at=timezone.now())
    return {
        "seconds": time.perf_counter() - before,
        "orders": summary.orders_awarded,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
