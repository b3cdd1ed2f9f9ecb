"""One line of the table that a benchmark prints: what, its target, and what was reached."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A ratio or count; `at_least` says on which side of the target it is good."""

    what: str
    reached: float
    target: float | None = None
    at_least: bool = False
    digits: int = 2

    @property
    def verdict(self) -> str:
        """Nothing where there is no target."""
        if self.target is None:
            return ""
        good = self.reached >= self.target if self.at_least else self.reached <= self.target
        return "reached" if good else "MISSED"

    @property
    def wanted(self) -> str:
        """The target with the side it is good on."""
        return "" if self.target is None else f"{'>=' if self.at_least else '<='} {self.target:g}"


def show(lines: Iterable[Line]) -> None:
    """Print the table."""
    print(f"\n{'':<64}{'target':>10}{'reached':>12}")
    for line in lines:
        reached = f"{line.reached:,.{line.digits}f}"
        print(f"{line.what:<64}{line.wanted:>10}{reached:>12}  {line.verdict}", flush=True)
