"""One simulation in a process of its own; what is imported here must not need Django yet."""

import resource
import time
from datetime import datetime


def simulated(pk: int, at: datetime) -> dict[str, float]:
    """Replay in this process; seconds, and the most memory it held, in kB."""
    import django

    django.setup()
    from oscar_loyalty.flows import programme_simulated

    before = time.perf_counter()
    if not programme_simulated.run(pk, at=at):
        raise RuntimeError("The simulation did not come to its end.")
    return {
        "seconds": time.perf_counter() - before,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
