"""What is published is complete: built, checked, installed and run where the checkout is not."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = "oscar_loyalty"

pytestmark = [pytest.mark.packaging, pytest.mark.slow, pytest.mark.timeout(900)]


def run(*command: object, cwd: Path = ROOT, **environment: str) -> str:
    """Run a program on SQLite to its end and give what it printed; its failure is the test's."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(distributions) -> Path:
    (found,) = distributions.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def in_the_wheel(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def shipped() -> set[str]:
    """Every file of the plugin in the checkout."""
    files = (path for path in (ROOT / PLUGIN).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}


def test_descriptions_are_valid(distributions):
    run(sys.executable, "-m", "twine", "check", "--strict", *distributions.iterdir())


def test_the_wheel_holds_the_plugin_and_nothing_else(in_the_wheel):
    plugin = {name for name in in_the_wheel if ".dist-info/" not in name}
    assert plugin == shipped()


@pytest.mark.parametrize(
    "pattern",
    [
        "oscar_loyalty/py.typed",
        "oscar_loyalty/migrations/0001_*.py",
        "oscar_loyalty/templates/oscar_loyalty/*.html",
        "oscar_loyalty/static/oscar_loyalty/*.css",
        "oscar_loyalty/locale/*/LC_MESSAGES/django.po",
        "oscar_loyalty/locale/*/LC_MESSAGES/django.mo",
        "*.dist-info/licenses/LICENSE",
    ],
)
def test_the_wheel_holds(in_the_wheel, pattern):
    assert any(Path(name).match(pattern) for name in in_the_wheel), f"no {pattern} in the wheel"


def test_the_source_distribution_holds_what_the_wheel_is_built_from(distributions):
    (archive,) = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"setup.cfg", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"} <= names
    assert shipped() <= names
    assert not {name for name in names if name.startswith(("sandbox", "tests"))}


def test_a_shop_runs_on_the_installed_wheel(wheel, tmp_path):
    """The sandbox stands in for a shop: it is copied away from the checkout's own plugin."""
    shutil.copytree(ROOT / "sandbox", tmp_path / "sandbox", ignore=shutil.ignore_patterns("var"))
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[demo]", cwd=tmp_path)

    where = run(python, "-c", f"import {PLUGIN}; print({PLUGIN}.__file__)", cwd=tmp_path)
    assert "site-packages" in where

    shop = {"cwd": tmp_path, "DJANGO_SETTINGS_MODULE": "sandbox.settings"}
    run(python, "-m", "django", "check", "--fail-level", "ERROR", **shop)
    run(python, "-m", "django", "makemigrations", "--check", "--dry-run", **shop)
    run(python, "-m", "django", "migrate", "--verbosity", "0", **shop)
