"""
The lowest point of a function, by the downhill simplex (J. A. Nelder and R. Mead, The Computer
Journal 7, 1965): no derivatives, and a few hundred looks at the function for a few unknowns.
"""

from collections.abc import Callable, Sequence
from math import inf, isfinite

Point = tuple[float, ...]
Function = Callable[[Point], float]

#: Steps after which the search is given up.
MOST_STEPS = 2_000


def lowest(function: Function, start: Sequence[float], *, within: float = 1e-11) -> Point | None:
    """
    Where the function is lowest near `start`; None if the search does not settle.

    The function is told apart by parts of itself as small as `within`. The search begins anew from
    what it has found until nothing lower comes of it: a simplex may get stuck on a slope.
    """

    def value(point: Point) -> float:
        found = function(point)
        return found if isfinite(found) else inf

    best, least = tuple(start), value(tuple(start))
    for _attempt in range(10):
        settled = _descend(value, best, within)
        if settled is None:
            return None
        point, found = settled
        if not found < least - within * abs(least):
            return point if isfinite(found) else None
        best, least = point, found
    return best


def _descend(value: Function, start: Point, within: float) -> tuple[Point, float] | None:
    corners = sorted((value(point), point) for point in _corners(start))
    for _step in range(MOST_STEPS):
        (least, best), (most, worst) = corners[0], corners[-1]
        if most - least <= within * (abs(least) + within):
            return best, least
        centre = _mean([point for _value, point in corners[:-1]])
        corners[-1:] = [_better(value, corners, centre, worst)]
        if corners[-1][0] >= most:
            corners[1:] = [
                (value(point), point)
                for point in (_between(best, point, 0.5) for _value, point in corners[1:])
            ]
        corners.sort()
    return None


def _better(
    value: Function, corners: list[tuple[float, Point]], centre: Point, worst: Point
) -> tuple[float, Point]:
    """A corner in place of the worst: its mirror image, further out, or nearer in."""
    reflected = _tried(value, _between(centre, worst, -1.0))
    if reflected[0] < corners[0][0]:
        return min(reflected, _tried(value, _between(centre, worst, -2.0)))
    if reflected[0] < corners[-2][0]:
        return reflected
    if reflected[0] < corners[-1][0]:
        return min(reflected, _tried(value, _between(centre, worst, -0.5)))
    return _tried(value, _between(centre, worst, 0.5))


def _corners(start: Point) -> list[Point]:
    moved = [
        tuple(one + (0.5 if place == axis else 0.0) for place, one in enumerate(start))
        for axis in range(len(start))
    ]
    return [start, *moved]


def _tried(value: Function, point: Point) -> tuple[float, Point]:
    return value(point), point


def _between(near: Point, far: Point, part: float) -> Point:
    """From `near`, so large a part of the way to `far`; beyond it, and behind, too."""
    return tuple(one + part * (other - one) for one, other in zip(near, far, strict=True))


def _mean(points: Sequence[Point]) -> Point:
    return tuple(sum(coordinates) / len(points) for coordinates in zip(*points, strict=True))
