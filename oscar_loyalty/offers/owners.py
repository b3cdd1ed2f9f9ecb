"""What conditions on a basket's owner have in common."""

from typing import Any


class AsksTheOwner:
    """Mixin for a condition that no item satisfies: it uses none up, and suggests to buy none."""

    def is_partially_satisfied(self, offer: Any, basket: Any) -> bool:
        return False

    def get_upsell_message(self, offer: Any, basket: Any) -> None:
        return None

    def consume_items(self, offer: Any, basket: Any, affected_lines: Any) -> None:
        """The owner stays who they are."""

    def can_apply_condition(self, line: Any) -> bool:
        return False
