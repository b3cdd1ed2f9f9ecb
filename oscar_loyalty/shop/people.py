"""Oscar's customers."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model


def same_person_keys(user_id: int) -> list[str]:
    """
    Keyed fingerprints of the person behind a customer, newest secret first.

    They outlive the customer's profile without naming anybody: who deletes it and registers again
    under the same address, however spelt, has the same fingerprint.
    """
    user = get_user_model().objects.get(pk=user_id)
    email = getattr(user, user.get_email_field_name(), "")
    person = normalised(email) if email else f"user:{user_id}"
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_fingerprint(secret, person) for secret in secrets]


def registered_at(user_id: int) -> datetime | None:
    """When the customer registered; None where the shop's user model does not say."""
    users = get_user_model().objects.filter(pk=user_id)
    return users.values_list("date_joined", flat=True).first() if _dates_users() else None


def registered_without_account(*, since: datetime) -> list[int]:
    """Customers who registered since then and have no account, oldest first."""
    if not _dates_users():
        return []
    users = get_user_model().objects.filter(date_joined__gte=since, loyalty_account=None)
    return list(users.order_by("pk").values_list("pk", flat=True))


def _dates_users() -> bool:
    return any(field.name == "date_joined" for field in get_user_model()._meta.get_fields())


def normalised(email: str) -> str:
    """One spelling for every address that reaches the same mailbox."""
    local, _at, domain = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def _fingerprint(secret: str, person: str) -> str:
    message = f"oscar_loyalty.person:{person}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]
