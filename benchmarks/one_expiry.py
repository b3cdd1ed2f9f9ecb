"""One sweep in a process of its own; what is imported here must not need Django yet."""

import resource
import time


def expired() -> dict[str, float]:
    """Expire what is due; seconds, members who lost points, the most memory it held, in kB."""
    import django

    django.setup()
    from django.utils import timezone

    from oscar_loyalty.flows import points_expired

    before = time.perf_counter()
    members = points_expired.run(at=timezone.now())
    return {
        "seconds": time.perf_counter() - before,
        "members": members,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
