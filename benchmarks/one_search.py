"""One search in a process of its own; what is imported here must not need Django yet."""

import resource
import time


def celebrated() -> dict[str, float]:
    """Celebrate a day's birthdays; seconds, how many, the most memory it held, in kB."""
    return _searched("birthdays_found")


def warned() -> dict[str, float]:
    """Tell members that points expire; seconds, how many, the most memory it held, in kB."""
    return _searched("expiry_foreseen")


def _searched(flow: str) -> dict[str, float]:
    import django

    django.setup()
    from datetime import datetime, timezone
    from importlib import import_module

    search = import_module(f"oscar_loyalty.flows.{flow}").run
    before = time.perf_counter()
    found = search(at=datetime(2026, 3, 5, 12, tzinfo=timezone.utc))
    return {
        "seconds": time.perf_counter() - before,
        "found": found,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
