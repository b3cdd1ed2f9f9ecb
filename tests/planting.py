"""Plants a bug: one place of the source is written otherwise for as long as a test lasts."""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


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
    setattr(
        module, name, changed if isinstance(original, str) else _compiled(module, name, changed)
    )
    try:
        yield
    finally:
        setattr(module, name, original)


def _compiled(module: ModuleType, name: str, source: str) -> object:
    # The module's own names, so that a function sees what its neighbours see, patched or not.
    namespace: dict[str, object] = {}
    exec(compile(source, f"<planted in {name}>", "exec"), module.__dict__, namespace)  # noqa: S102
    return namespace[name]
