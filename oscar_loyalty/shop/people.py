"""Oscar's customers."""

import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model


def same_person_keys(user_id: int) -> list[str]:
    """
    Keyed fingerprints of the person behind a customer, newest secret first.

    They outlive the customer's profile without naming anybody: who deletes it and registers again
    under the same address, however spelt, has the same fingerprint.
    """
    email = get_user_model().objects.values_list("email", flat=True).get(pk=user_id)
    person = normalised(email) if email else f"user:{user_id}"
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_fingerprint(secret, person) for secret in secrets]


def normalised(email: str) -> str:
    """One spelling for every address that reaches the same mailbox."""
    local, _at, domain = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def label_of(user: Any) -> str:
    """How the books name a member of staff: no address, so that it may stay for ever."""
    return f"user:{user.pk}"


def _fingerprint(secret: str, person: str) -> str:
    message = f"oscar_loyalty.person:{person}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]
