"""
Run Oscar's suite with the plugin: ``python -m tests.oscar_suite CHECKOUT PYTHON [TEST...]``.

CHECKOUT is Oscar's repository, PYTHON an interpreter that has Oscar's test requirements and ours.
It runs serially on the PostgreSQL server in DATABASE_URL: on SQLite, and side by side, some of
Oscar's tests fail by themselves. Only if a test fails is the suite run without the plugin too; a
test that fails with it and passes without it makes this fail.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
PLUGIN = HERE.parent.parent / "oscar_loyalty"

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
Outcomes = dict[str, str]


def main(checkout: str, python: str, *tests: str) -> int:
    """Print what differs and return how many tests fail because of the plugin, at most 1."""
    with tempfile.TemporaryDirectory(prefix="oscar-suite-") as folder:
        suite = Suite(Path(checkout).resolve(), Path(python).absolute(), Path(folder), tests)
        with_plugin = suite.run("with the plugin", plugged_in(Path(folder)))
        if FAILED not in with_plugin.values():
            return 0 if PASSED in with_plugin.values() else 1
        without = suite.run("without the plugin", {"DJANGO_SETTINGS_MODULE": "tests.settings"})
    return report(with_plugin, without)


def plugged_in(folder: Path) -> dict[str, str]:
    """
    What makes Oscar's tests run in a shop with the plugin.

    The plugin is copied: beside this checkout's ``tests`` those of Oscar would not be found.
    """
    shutil.copytree(PLUGIN, folder / PLUGIN.name)
    return {
        "DJANGO_SETTINGS_MODULE": "shop_with_loyalty.settings",
        "PYTHONPATH": os.pathsep.join([str(folder), str(HERE)]),
    }


class Suite:
    """Oscar's tests in a checkout, on one interpreter."""

    def __init__(self, checkout: Path, python: Path, folder: Path, tests: tuple[str, ...]) -> None:
        self.checkout, self.python, self.folder, self.tests = checkout, python, folder, tests

    def run(self, how: str, environment: Mapping[str, str]) -> Outcomes:
        """Run every test and return what became of each."""
        print(f"\n=== Oscar's own tests, {how}", flush=True)
        written = self.folder / f"{how}.xml"
        command = [self.python, "-m", "pytest", "--deprecation=none", "-q", *self.tests]
        command += ["-p", "no:cacheprovider", "--create-db", f"--junitxml={written}"]
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        subprocess.run(
            [str(word) for word in command],
            cwd=self.checkout,
            env={**inherited, **server(), **environment},
            check=False,
        )
        return outcomes(written) if written.exists() else {}


def server() -> dict[str, str]:
    """DATABASE_URL in the words of Oscar's settings."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return {
        "DATABASE_USER": unquote(url.username or "postgres"),
        "DATABASE_PASSWORD": unquote(url.password or ""),
        "DATABASE_HOST": unquote(url.netloc.rpartition("@")[2].partition(":")[0]),
        "DATABASE_PORT": str(url.port or 5432),
        "DATABASE_NAME": "oscar_own_suite",
    }


def outcomes(written: Path) -> Outcomes:
    """What became of each test; one that failed in any part of it has failed."""
    found: Outcomes = {}
    for case in ElementTree.parse(written).iter("testcase"):  # noqa: S314 - our own file
        name = f"{case.get('classname')}::{case.get('name')}"
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            found[name] = FAILED
        else:
            found.setdefault(name, SKIPPED if "skipped" in kinds else PASSED)
    return found


def report(with_plugin: Outcomes, without: Outcomes) -> int:
    """Say which failures are ours and which are not."""
    failures = [name for name, outcome in with_plugin.items() if outcome == FAILED]
    ours = [name for name in failures if without.get(name) != FAILED]
    for name in failures:
        print(f"{'FAILS WITH THE PLUGIN' if name in ours else 'fails without it too'}: {name}")
    print(f"\n{len(ours)} of Oscar's tests fail because of the plugin.")
    return 1 if ours else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: python -m tests.oscar_suite CHECKOUT PYTHON [TEST...]")
    sys.exit(main(*sys.argv[1:]))
