"""Plants a bug: one place of the source is written otherwise for as long as a test lasts."""

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True)
class Bug:
    """A mistake at one place; `only_on` names the database that takes this path."""

    module: ModuleType
    name: str
    right: str
    wrong: str
    only_on: str = ""


@contextmanager
def planted(module: ModuleType, name: str, right: str, wrong: str) -> Iterator[None]:
    """
    Replace `right` by `wrong` in the function, or the text, that `module` calls `name`.

    :raises LookupError: if `right` does not stand there exactly once: the bug must be real.
    """
    original = getattr(module, name)
    text = original if isinstance(original, str) else textwrap.dedent(inspect.getsource(original))
    if text.count(right) != 1:
        raise LookupError(f"{module.__name__}.{name} has no single place saying {right!r}")
    changed = text.replace(right, wrong)
    bug = changed if isinstance(original, str) else _compiled(module, name, changed)
    holders = _holders(module, name, original)
    for holder in holders:
        setattr(holder, name, bug)
    try:
        yield
    finally:
        for holder in holders:
            setattr(holder, name, original)


def _holders(module: ModuleType, name: str, original: object) -> list[ModuleType]:
    """The module, and its neighbours that have imported the same thing from it."""
    package = f"{module.__name__.rpartition('.')[0]}."
    loaded = [known for path, known in sys.modules.items() if f"{path}.".startswith(package)]
    return [known for known in loaded if getattr(known, name, None) is original]


def _compiled(module: ModuleType, name: str, source: str) -> object:
    # The module's own names, so that a function sees what its neighbours see, patched or not.
    namespace: dict[str, object] = {}
    exec(compile(source, f"<planted in {name}>", "exec"), module.__dict__, namespace)  # noqa: S102
    return namespace[name]
