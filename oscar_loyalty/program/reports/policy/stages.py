"""The stages that a customer goes through, by the number of orders."""

from typing import Literal, get_args

Stage = Literal["visited", "once", "again", "attached", "loyal"]
STAGES: tuple[Stage, ...] = get_args(Stage)
#: So many orders at least.
_LEAST: dict[Stage, int] = {"loyal": 5, "attached": 3, "again": 2, "once": 1, "visited": 0}


def stage_of(orders: int) -> Stage:
    """The stage of who has placed so many orders."""
    return next(stage for stage, least in _LEAST.items() if orders >= least)
