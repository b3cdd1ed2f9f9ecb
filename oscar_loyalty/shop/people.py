"""Oscar's customers."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Lower

from oscar_loyalty.facts import Credentials

#: No database has keys with more digits.
MOST_DIGITS = 18


def same_person_keys(user_id: int) -> list[str]:
    """
    Keyed fingerprints of the person behind a customer, newest secret first.

    They outlive the customer's profile without naming anybody: who deletes it and registers again
    under the same address, however spelt, has the same fingerprint.
    """
    user = get_user_model().objects.get(pk=user_id)
    email = getattr(user, user.get_email_field_name(), "")
    person = normalised(email) if email else f"user:{user_id}"
    return _fingerprints(person)


def profile_keys(user_id: int) -> list[str]:
    """Keyed fingerprints of a customer's profile, newest secret first; a new one has others."""
    return _fingerprints(f"profile:{user_id}")


def named(text: str) -> list[int]:
    """The customers with this e-mail address; else the one with this user name, or this id."""
    users = get_user_model()
    asked = [
        {f"{users.get_email_field_name()}__iexact": text},
        {f"{users.USERNAME_FIELD}": text},
    ]
    if is_key(text):
        asked.append({"pk": text})
    for terms in asked:
        if found := list(users.objects.filter(**terms).order_by("pk").values_list("pk", flat=True)):
            return found
    return []


def named_among(texts: Collection[str]) -> dict[str, list[int]]:
    """The customers that each of the texts names, as `named` has it, however many they are."""
    model = get_user_model()
    users, name = model.objects.order_by("pk"), model.USERNAME_FIELD
    folded = users.annotate(folded=Lower(model.get_email_field_name()))
    by_address, by_name, by_key = (defaultdict[str, list[int]](list) for _each in range(3))
    wanted = {text.lower() for text in texts}
    for pk, address in folded.filter(folded__in=wanted).values_list("pk", "folded"):
        by_address[address].append(pk)
    for pk, text in users.filter(**{f"{name}__in": texts}).values_list("pk", name):
        by_name[text].append(pk)
    keys = [text for text in texts if is_key(text) and not _is_absurd(text)]
    for pk in users.filter(pk__in=keys).values_list("pk", flat=True):
        by_key[str(pk)].append(pk)
    return {
        text: by_address.get(text.lower()) or by_name.get(text) or by_key.get(text.lower(), [])
        for text in texts
    }


def is_key(text: str) -> bool:
    """Whether a customer may have this id: a number, or whatever the shop's user model has."""
    try:
        key = str(get_user_model()._meta.pk.to_python(text))
    except (ValidationError, TypeError, ValueError):
        return False
    return bool(text) and key in (text, text.lower())


def credentials_of(user_id: int) -> Credentials | None:
    """How the customer signs in as the database has it; None if there is no such customer."""
    users, email = get_user_model().objects, get_user_model().get_email_field_name()
    row = users.filter(pk=user_id).values_list(email, "password").first()
    return Credentials(row[0] or "", row[1]) if row else None


def credentials_in(user: Any) -> Credentials:
    """How the customer will sign in once `user` is saved."""
    return Credentials(getattr(user, user.get_email_field_name()) or "", user.password)


def may_change_credentials(user: Any, fields: Collection[str] | None) -> bool:
    """
    Whether saving these `fields` of a customer, all when None, may change how they sign in.

    A log-in only saves its own date, or the same password with a newer hash.
    """
    if user._state.adding:
        return False
    if fields is None:
        return True
    if user.get_email_field_name() in fields:
        return True
    return "password" in fields and getattr(user, "_password", None) is not None


def groups_of(user_ids: Collection[int]) -> dict[int, set[int]]:
    """The ids of the groups that each of the customers is in; of none for most."""
    found: dict[int, set[int]] = {user_id: set() for user_id in user_ids}
    if any(field.name == "groups" for field in get_user_model()._meta.get_fields()):
        members = get_user_model().objects.filter(pk__in=user_ids, groups__isnull=False)
        for user_id, group_id in members.values_list("pk", "groups"):
            found[user_id].add(group_id)
    return found


def forget_in_admin_log(account_ids: Collection[int]) -> None:
    """Take the words about members out of the log of Django's admin; who acted, and when, stays."""
    if not apps.is_installed("django.contrib.admin"):
        return
    rows = apps.get_model("admin", "LogEntry").objects.filter(
        content_type__app_label="oscar_loyalty",
        content_type__model="account",
        object_id__in=[str(account_id) for account_id in account_ids],
    )
    rows.update(object_repr=F("object_id"), change_message="")


def registered_at(user_id: int) -> datetime | None:
    """When the customer registered; None where the shop's user model does not say."""
    users = get_user_model().objects.filter(pk=user_id)
    return users.values_list("date_joined", flat=True).first() if _dates_users() else None


def registered(*, before: datetime) -> QuerySet[Any] | None:
    """Customers who registered before then; None where the shop's user model does not say."""
    return get_user_model().objects.filter(date_joined__lt=before) if _dates_users() else None


def registered_besides(owners: QuerySet[Any], *, since: datetime) -> list[int]:
    """Customers who registered since then and are none of the owners, oldest first."""
    if not _dates_users():
        return []
    owns = Exists(owners.filter(user_id=OuterRef("pk")))
    users = get_user_model().objects.filter(~owns, date_joined__gte=since)
    return list(users.order_by("pk").values_list("pk", flat=True))


def _is_absurd(key: str) -> bool:
    return key.isdigit() and len(key) > MOST_DIGITS


def _dates_users() -> bool:
    return any(field.name == "date_joined" for field in get_user_model()._meta.get_fields())


def normalised(email: str) -> str:
    """One spelling for every address that reaches the same mailbox."""
    local, _at, domain = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def _fingerprints(person: str) -> list[str]:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_fingerprint(secret, person) for secret in secrets]


def _fingerprint(secret: str, person: str) -> str:
    message = f"oscar_loyalty.person:{person}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]
