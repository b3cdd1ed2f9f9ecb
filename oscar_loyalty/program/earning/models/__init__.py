"""What rules give, and the decision about each order."""

from oscar_loyalty.program.earning.models.awards import Award
from oscar_loyalty.program.earning.models.rules import EarningRule, RuleUse, RuleVersion

__all__ = ["Award", "EarningRule", "RuleUse", "RuleVersion"]
