"""The translations are complete, fit their sources, and are compiled."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import oscar_loyalty
from tests.conftest import missing

PACKAGE = Path(oscar_loyalty.__file__).parent
LANGUAGES = ["ar", "el", "fa", "pl"]

#: Values put in when the sentence is shown, and the markup around them.
PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s|%%|</?\w+>")


def catalog(folder: Path, language: str) -> Catalog:
    with (folder / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(read: Catalog) -> list[Message]:
    """All but the header."""
    return [message for message in read if message.id]


def forms(text: str | Sequence[str]) -> tuple[str, ...]:
    """The singular and the plurals, of a sentence as of its translation."""
    return (text,) if isinstance(text, str) else tuple(text)


def pairs(read: Catalog) -> set:
    return {(forms(message.id), forms(message.string)) for message in messages(read)}


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> set:
    """What the sources ask to be translated, found as translators find it."""
    if not (shutil.which("xgettext") and shutil.which("msguniq")):
        missing("needs GNU gettext")
    copy = tmp_path_factory.mktemp("sources") / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("locale", "__pycache__"))
    (copy / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale=en", "--no-location"]
    # The settings of the tests are out of reach from there, and no settings are needed.
    unset = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    subprocess.run(command, cwd=copy, env=unset, check=True, capture_output=True)
    return {forms(message.id) for message in messages(catalog(copy, "en"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_in_every_form(language):
    read = catalog(PACKAGE, language)
    open_ones = [
        message.id
        for message in messages(read)
        if message.fuzzy
        or not all(forms(message.string))
        or (message.pluralizable and len(forms(message.string)) != read.num_plurals)
    ]
    assert open_ones == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_markup_survive_translation(language):
    differing = [
        (message.id, form)
        for message in messages(catalog(PACKAGE, language))
        for form in forms(message.string)
        if placeholders(form) not in [placeholders(source) for source in forms(message.id)]
    ]
    assert differing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_the_sentences_of_the_sources(language, extracted):
    assert {forms(message.id) for message in messages(catalog(PACKAGE, language))} == extracted


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_up_to_date(language):
    source = catalog(PACKAGE, language)
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    assert compiled.plural_expr == source.plural_expr
    assert pairs(compiled) == pairs(source)
