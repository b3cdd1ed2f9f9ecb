"""
The house rules that an import checker cannot see.

Each rule reads one file at a time and yields what breaks it. Beside each stands a planted breach,
and a test shows that the rule finds it: a rule that never bites is no rule.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = "oscar_loyalty"
DOORS = {
    "admin",
    "api",
    "checkout",
    "dashboard",
    "management",
    "offers",
    "receivers",
    "staff",
    "storefront",
    "templatetags",
    "urls",
}
# What migrations look up by name is Django's history of models.
WIRING = {"apps", "migrations", "models"}
LONGEST_FUNCTION = 50
LONGEST_FILE = 400
BANNED = {"common", "data", "helpers", "info", "misc", "process", "utils"}
ESTIMATES = f"{PLUGIN}/program/reports/policy/estimates/"
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "Now"}
# Python's HTMLParser, Django's BaseCommand, Oscar's checkout and aiosmtpd call these by name.
IMPOSED = {
    "handle",
    "handle_starttag",
    "handle_endtag",
    "handle_data",
    "handle_payment",
    "handle_DATA",
}
WORDS_WITH_NUMBERS = {"alpha2", "alpha3", "base64", "md5", "sha1", "sha256", "utf8"}


@dataclass(frozen=True)
class Source:
    """A file of the repository, or a planted one."""

    path: str
    text: str

    @property
    def floor(self) -> str:
        """The top-level module of the plugin that this file belongs to, or an empty string."""
        first, *rest = PurePosixPath(self.path).with_suffix("").parts
        return rest[0] if first == PLUGIN and rest else ""

    @property
    def is_code(self) -> bool:
        return self.path.endswith(".py") and "/migrations/" not in self.path

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        if self.path.endswith(".py"):
            yield from (node for node in ast.walk(parsed(self.text)) if isinstance(node, kinds))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        yield from self.nodes(ast.FunctionDef, ast.AsyncFunctionDef)


Breach = tuple[int, str]
Check = Callable[[Source], Iterator[Breach]]


@dataclass(frozen=True)
class Rule:
    """A check with a file that breaks it and, where the border is fine, one that does not."""

    check: Check
    breach: Source
    innocent: Source


RULES: list[Rule] = []


def house_rule(*, breach: tuple[str, str], innocent: tuple[str, str]) -> Callable[[Check], Check]:
    """Enter a check into RULES; its docstring is what a developer reads when it fails."""

    def enter(check: Check) -> Check:
        RULES.append(Rule(check, Source(*breach), Source(*innocent)))
        return check

    return enter


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def name_of(node: ast.AST) -> str:
    """The last word of a name, an attribute or a call: `timezone.now` is now."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.alias):
        return node.name
    return getattr(node, "attr", None) or getattr(node, "id", "")


@cache
def sources() -> tuple[Source, ...]:
    """Every text file that git tracks or would track."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    files = [ROOT / name for name in sorted(names.decode().split("\0")) if name]
    contents = ((file, file.read_bytes()) for file in files if file.is_file())
    return tuple(
        Source(file.relative_to(ROOT).as_posix(), content.decode(errors="replace"))
        for file, content in contents
        if b"\0" not in content
    )


# ---------------------------------------------------------------- the rules


@house_rule(
    breach=(f"{PLUGIN}/flows/order.py", "Order = get_model('order', 'Order')"),
    innocent=(f"{PLUGIN}/shop/orders.py", "Order = get_model('order', 'Order')"),
)
def oscars_classes_are_looked_up_at_the_desk_and_the_doors(source):
    """get_model and get_class belong in shop/ and the doors: nothing else knows Oscar's classes."""
    if not source.floor or source.floor in {"shop", *DOORS, *WIRING}:
        return
    for node in source.nodes(ast.Name, ast.Attribute, ast.alias):
        if name_of(node) in {"get_model", "get_class", "get_classes"}:
            yield node.lineno, f"{name_of(node)} outside of shop/ and the doors"


def reads_the_clock(node: ast.AST) -> bool:
    name = name_of(node)
    if isinstance(node, ast.keyword):
        return node.arg in {"auto_now", "auto_now_add"}
    if isinstance(node, ast.Attribute):
        return name in CLOCKS and name_of(node.value) in {"date", "datetime", "time", "timezone"}
    if isinstance(node, ast.alias):
        return name in CLOCKS - {"time"}
    # With an argument these two only convert a moment that was given.
    return name in {"localdate", "localtime"} and not (node.args or node.keywords)


@house_rule(
    breach=(f"{PLUGIN}/program/ledger/services.py", "at = timezone.now()"),
    innocent=(
        f"{PLUGIN}/program/tiers/policy.py",
        "def due(today): return today > timezone.localdate(at)",
    ),
)
def the_clock_hangs_at_the_doors(source):
    """Only doors, receivers and tasks read the clock; everything below is told `at`."""
    if not source.floor or source.floor in {"tasks", *DOORS}:
        return
    for node in source.nodes(ast.Attribute, ast.alias, ast.keyword, ast.Call):
        if reads_the_clock(node):
            yield node.lineno, f"reads the clock ({ast.unparse(node)}); take `at` instead"


def connected_names(source: Source) -> Iterator[tuple[int, str]]:
    for call in source.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "connect":
            named = [keyword.value for keyword in call.keywords if keyword.arg == "receiver"]
            yield from ((call.lineno, name_of(given)) for given in (call.args[:1] or named))
    for function in source.functions():
        if any(name_of(decorator) == "receiver" for decorator in function.decorator_list):
            yield function.lineno, function.name


@house_rule(
    breach=(f"{PLUGIN}/program/tiers/services.py", "order_placed.connect(promote)"),
    innocent=(f"{PLUGIN}/receivers.py", "order_placed.connect(on_order_placed)"),
)
def signals_are_heard_in_one_place(source):
    """connect and @receiver stand in receivers.py: there a reader finds all that we listen to."""
    if not source.floor or source.floor == "receivers":
        return
    for node in source.nodes(ast.alias):
        if node.name == "receiver":
            yield node.lineno, "@receiver outside of receivers.py"
    for line, name in connected_names(source):
        yield line, f"{name or 'something'} is connected outside of receivers.py"


@house_rule(
    breach=(
        f"{PLUGIN}/receivers.py",
        "@receiver(order_placed)\ndef on_order_placed(**kwargs): pass\nplaced.connect(on_loss)",
    ),
    innocent=(
        f"{PLUGIN}/receivers.py",
        "@receiver(order_placed)\n@guarded\ndef on_order_placed(**kwargs): pass",
    ),
)
def receivers_are_guarded(source):
    """What Oscar's signals call carries @guarded: our failure must never become the shop's."""
    if source.floor != "receivers":
        return
    guarded = {
        function.name
        for function in source.functions()
        # The innermost one: a receiver registered below the guard would be the bare function.
        if function.decorator_list and name_of(function.decorator_list[-1]) == "guarded"
    }
    for line, name in connected_names(source):
        if name not in guarded:
            yield line, f"{name or 'something nameless'} is connected without @guarded"


@house_rule(
    breach=(f"{PLUGIN}/flows/daily.py", "def run():\n" + "    step()\n" * LONGEST_FUNCTION),
    innocent=(f"{PLUGIN}/flows/daily.py", "def run():\n" + "    step()\n" * 49),
)
def functions_fit_on_a_screen(source):
    """No function over 50 lines; most should be under 15."""
    if not source.is_code:
        return
    for function in source.functions():
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield function.lineno, f"{function.name} has {length} lines"


@house_rule(
    breach=(f"{PLUGIN}/admin.py", "step()\n" * (LONGEST_FILE + 1)),
    innocent=(f"{PLUGIN}/admin.py", "step()\n" * LONGEST_FILE),
)
def files_are_read_in_one_sitting(source):
    """No Python file over 400 lines; most should be under 150."""
    length = len(source.text.splitlines())
    if source.is_code and length > LONGEST_FILE:
        yield LONGEST_FILE, f"{length} lines"


@house_rule(
    breach=(f"{PLUGIN}/shop/helpers.py", ""),
    innocent=(f"{PLUGIN}/shop/orders.py", ""),
)
def modules_are_named_for_what_they_hold(source):
    """utils, helpers, common, misc, data, info and process say nothing: name the content."""
    banned = BANNED.intersection(PurePosixPath(source.path).with_suffix("").parts)
    if source.is_code and banned:
        yield 1, f"a module named {min(banned)}"


@house_rule(
    breach=(f"{PLUGIN}/shop/orders.py", "def handle_order(order): pass"),
    innocent=(
        f"{PLUGIN}/management/commands/loyalty_run.py",
        "class Command(BaseCommand):\n    def handle(self, **options): pass",
    ),
)
def functions_say_what_they_do(source):
    """No `handle_*` and none of the banned names, but for what a base class calls by name."""
    if not source.is_code:
        return
    methods = [node for heir in source.nodes(ast.ClassDef) if heir.bases for node in heir.body]
    for function in source.functions():
        vague = function.name in BANNED or re.match(r"handle(_|$)", function.name)
        if vague and not (function.name in IMPOSED and function in methods):
            yield function.lineno, f"a function named {function.name}"


@house_rule(
    breach=("tests/unit/test_draw.py", "acc1 = account()\ndef earn(lot2): pass"),
    innocent=("tests/unit/test_draw.py", "sha256 = hashlib.sha256()"),
)
def variables_are_not_numbered(source):
    """acc1 and lot2 hide what makes them different: say alice and bob, old_lot and new_lot."""
    if not source.is_code:
        return
    for node in source.nodes(ast.Name, ast.arg):
        name = node.arg if isinstance(node, ast.arg) else node.id
        stored = isinstance(node, ast.arg) or isinstance(node.ctx, ast.Store)
        if stored and re.search(r"[a-z]\d+$", name) and name not in WORDS_WITH_NUMBERS:
            yield node.lineno, f"a variable named {name}"


@house_rule(
    breach=(f"{PLUGIN}/program/tiers/policy.py", "def rank(points): return points"),
    innocent=(
        f"{PLUGIN}/program/tiers/policy.py",
        "def rank(points):\n    '''Say which rung.'''\ndef _least(points): return points",
    ),
)
def stories_and_decisions_promise_something(source):
    """Every public function of a flow or a policy has a docstring: one promise."""
    if source.floor != "flows" and not re.search(r"/policy(/\w+)?\.py$", source.path):
        return
    for node in parsed(source.text).body:
        public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if public and not ast.get_docstring(node):
            yield node.lineno, f"{node.name} has no docstring"


@house_rule(
    breach=(f"{PLUGIN}/program/earning/policy.py", "points = float(paid) * 0.1"),
    innocent=(f"{ESTIMATES}lifetime.py", "r = 0.243"),
)
def money_and_points_are_exact(source):
    """No float in program/: points are int, money is Decimal; only estimates are neither."""
    if source.floor != "program" or not source.is_code or source.path.startswith(ESTIMATES):
        return
    for node in source.nodes(ast.Name, ast.Attribute, ast.Constant):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if literal or name_of(node) in {"float", "FloatField"}:
            yield node.lineno, f"a float: {ast.unparse(node)}"


MACHINE_PATH = re.compile(r"(?<![\w.}])/(?:home|root|Users|work|opt|mnt|srv)/\w|\b[A-Z]:\\\\?Users")
REGISTRY = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|debian\.org|crates\.io|golang\.org)\b"
)


@house_rule(
    breach=("Makefile", "/".join(["PYTHON = ", "home", "alice", "bin", "python"])),
    innocent=("Makefile", "PYTHON ?= python3"),
)
def nothing_names_one_machine(source):
    """No absolute path of somebody's machine in a tracked file."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := MACHINE_PATH.search(line):
            yield number, f"a path of one machine: {line[found.start() :][:40]}"


@house_rule(
    breach=("tox.ini", "index_url = https://" + ".".join(["pypi", "org"]) + "/simple"),
    innocent=("tox.ini", "deps = django"),
)
def nothing_names_a_registry(source):
    """No host of a package registry in a tracked file: the machine's own settings choose one."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := REGISTRY.search(line):
            yield number, f"the host {found.group()}"


# ---------------------------------------------------------------- the tests


def named(rule: Rule) -> str:
    return rule.check.__name__


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_house_keeps_the_rule(rule):
    breaches = [
        f"  {source.path}:{line}: {what}"
        for source in sources()
        for line, what in rule.check(source)
    ]
    assert not breaches, "\n".join([str(rule.check.__doc__), *breaches])


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_rule_bites(rule):
    assert list(rule.check(rule.breach)), "the planted breach went unseen"


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_rule_spares_the_innocent(rule):
    assert not list(rule.check(rule.innocent))


@pytest.mark.parametrize(
    "code",
    [
        "from django.utils.timezone import now",
        "from django.db.models.functions import Now",
        "day = date.today()",
        "day = timezone.localdate()",
        "start = time.time()",
        "created_at = DateTimeField(default=timezone.now)",
        "created_at = DateTimeField(auto_now_add=True)",
    ],
)
def test_every_clock_is_seen(code):
    assert list(the_clock_hangs_at_the_doors(Source(f"{PLUGIN}/program/ledger/models.py", code)))


def test_both_ways_of_connecting_are_seen():
    (planted,) = (rule.breach for rule in RULES if rule.check is receivers_are_guarded)
    unguarded = [what.split()[0] for _, what in receivers_are_guarded(planted)]
    assert unguarded == ["on_loss", "on_order_placed"]
