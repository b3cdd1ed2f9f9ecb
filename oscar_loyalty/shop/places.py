"""Where Oscar ships to."""

from collections.abc import Collection

from oscar.core.loading import get_model


def countries(codes: Collection[str] | None = None) -> list[tuple[str, str]]:
    """Code and name of the countries that the shop ships to, or of the named ones."""
    found = get_model("address", "Country").objects.order_by("printable_name", "pk")
    found = found.filter(is_shipping_country=True) if codes is None else found.filter(pk__in=codes)
    return list(found.values_list("pk", "printable_name"))
