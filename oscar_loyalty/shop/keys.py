"""How rows of ours name rows of Oscar's."""

from typing import Any

from django.db.models import DO_NOTHING, ForeignKey


def loose_key(model: str, label: Any, help_text: Any = "") -> ForeignKey:
    """
    What staff may delete in Oscar's dashboard: that neither fails, nor widens what the row says.

    The row keeps the number, and is about nothing any more.
    """
    return ForeignKey(
        model,
        null=True,
        blank=True,
        on_delete=DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=label,
        help_text=help_text,
    )
