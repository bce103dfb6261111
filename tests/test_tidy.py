"""House rules that no off-the-shelf linter checks; each failure says what to do instead."""

import ast
import re
import shutil
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = [
    Path(name) for name in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
]
PACKAGE_ROOTS = sorted({str(package.parent) for package in PACKAGES})
SOURCES = sorted(
    path
    for folder in (*PACKAGE_ROOTS, "benchmarks", "tools")
    for path in (ROOT / folder).rglob("*.py")
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
CORE = sorted((ROOT / "src/mesodrive/core").rglob("*.py"))
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))

FILE_LINES_MAX, FUNCTION_LINES_MAX = 400, 50
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
"""Names that say nothing about what belongs into a module, so that everything ends up there."""

QUANTITIES = {
    "charge", "compliance", "current", "delay", "depth", "distance", "dose", "duration", "dwell",
    "flow", "force", "frequency", "interval", "period", "power", "pressure", "rate",
    "resistance", "spacing", "speed", "temperature", "timeout", "vacuum", "viscosity", "voltage",
    "volume",
}  # fmt: skip
NUMBERS = {"int", "float", "int | None", "float | None", "Decimal"}
FOREIGN_NAMES = {
    ("src/mesodrive/transport/serial_port.py", "duration"),
    ("src/mesodrive/transport/threaded_port.py", "duration"),
    ("src/mesodrive/transport/threaded_port.py", "timeout"),
}
"""Names that pyserial gave; there they are seconds."""
BOUND_WORDS = {"min", "max", "least", "most", "limit"}
"""What may follow the unit of a name; what stands before it still has to be a unit."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def tracked_files() -> list[Path]:
    """Return what is under version control; where git does not say, all that could well be."""
    if shutil.which("git"):
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if listing.returncode == 0:
            paths = [ROOT / name for name in listing.stdout.split("\0") if name]
            return [path for path in paths if path.is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not any(part[0] == "." for part in path.relative_to(ROOT).parts if part != ".ci")
    ]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_and_its_functions_can_be_taken_in_at_once(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= FILE_LINES_MAX, f"{lines} lines: split by reason to change"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"line {node.lineno}, {node.name}: {lines} lines"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_is_named_after_what_it_is_for(path: Path) -> None:
    words = set(path.stem.split("_")) | {path.parent.name}
    assert not words & EMPTY_NAMES, "name it after the one thing it knows"


@pytest.mark.parametrize("root", PACKAGE_ROOTS)
def test_a_source_root_holds_exactly_the_packages_that_are_shipped(root: str) -> None:
    found = {path.name for path in (ROOT / root).iterdir() if any(path.glob("*.py"))}
    assert found == {package.name for package in PACKAGES if str(package.parent) == root}
    loose = list((ROOT / root).glob("*.py"))
    assert not loose, "a module directly in a root becomes top-level when installed in place"


def numbers_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield name and line of everything that is declared as a plain number."""
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name, annotation=annotation) if annotation is not None:
                if ast.unparse(annotation) in NUMBERS:
                    yield name, node.lineno
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name)):
                if ast.unparse(node.annotation) in NUMBERS:
                    yield name, node.lineno
            case _:
                pass
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    yield name, node.lineno
            case _:
                pass


def last_word_before_a_bound(name: str) -> str:
    words = [word for word in name.lower().split("_") if word not in BOUND_WORDS]
    return words[-1] if words else ""


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_quantity_says_its_unit(path: Path) -> None:
    nameless = [
        f"line {line}: {name}"
        for name, line in numbers_of(tree_of(path))
        if last_word_before_a_bound(name) in QUANTITIES
        and (name_of(path), name) not in FOREIGN_NAMES
    ]
    assert not nameless, f"end these in their unit, as in depth_um: {nameless}"


def is_docstring(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case _:
            return False


def public_constants(path: Path) -> Iterator[tuple[str, range]]:
    """Yield each public constant of a module with the lines of the paragraph in which it stands.

    A paragraph is a run of constants and their docstrings without an empty line in between: one
    reason may serve a pair. Type aliases are no constants.
    """
    paragraph: list[ast.stmt] = []
    for node in [*tree_of(path).body, None]:
        if node is None or (paragraph and node.lineno > (paragraph[-1].end_lineno or 0) + 1):
            if paragraph and not any(map(is_docstring, paragraph)):
                lines = range(paragraph[0].lineno - 1, (paragraph[-1].end_lineno or 0) + 1)
                yield from ((name, lines) for name in map(constant_name, paragraph) if name)
            paragraph = []
        if node is not None:
            paragraph.append(node)


def constant_name(node: ast.stmt) -> str:
    match node:
        case ast.Assign(value=ast.Subscript()) | ast.AnnAssign(value=ast.Subscript()):
            return ""
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name if name.isupper() and not name.startswith("_") else ""
        case _:
            return ""


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_a_constant_of_the_core_gives_its_reason(path: Path) -> None:
    with path.open("rb") as source:
        commented = {
            token.start[0]
            for token in tokenize.tokenize(source.readline)
            if token.type == tokenize.COMMENT and not token.string.startswith("# fmt")
        }
    bare = [name for name, lines in public_constants(path) if not commented & set(lines)]
    assert not bare, f"put a comment above or beside, or a docstring below: {bare}"


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=name_of)
def test_nothing_sleeps(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr="sleep"):
                pytest.fail(f"line {node.lineno}: wait on a port, an event or a deadline")
            case ast.ImportFrom(module="time", names=names):
                assert "sleep" not in {alias.name for alias in names}, "wait on something instead"
            case _:
                pass


@pytest.mark.req("SEC-08")
@pytest.mark.parametrize("path", LOCKS, ids=name_of)
def test_a_lock_pins_by_hash_and_names_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"(?i).*(?:http|file:|--(?:extra-)?index|--find-links).*", text)
    pins = re.findall(r"(?m)^[a-z0-9]\S*==.*\\\n    --hash=sha256:[0-9a-f]{64}", text)
    assert len(pins) == len(re.findall(r"(?m)^\S+==", text)), (
        "every package is pinned and hashed; run `make lock`"
    )


def pins_of(lock: Path) -> set[tuple[str, str]]:
    found = re.findall(
        r"(?m)^([a-z0-9-]+)(?:\[\S+\])?==(\S+(?: ; [^\\]+)?)", lock.read_text("utf-8")
    )
    return {(name, version.strip()) for name, version in found}


def test_locks_agree_on_what_they_share() -> None:
    versions: dict[str, dict[str, set[str]]] = {}
    for lock in LOCKS:
        for name, version in pins_of(lock):
            versions.setdefault(name, {}).setdefault(lock.stem, set()).add(version)
    torn = {name: by for name, by in versions.items() if len({*map(frozenset, by.values())}) > 1}
    assert len(LOCKS) == 5
    assert not torn, "adding one purpose to an environment would change another; run `make lock`"


def test_locks_hold_every_declared_dependency() -> None:
    project = PYPROJECT["project"]
    declared = {"core": project["dependencies"], **project["optional-dependencies"]}
    for lock, requirements in declared.items():
        pinned = {name for name, _ in pins_of(ROOT / "requirements" / f"{lock}.lock")}
        wanted = {re.split(r"[^A-Za-z0-9-]", text)[0].lower() for text in requirements}
        assert wanted <= pinned, "run `make lock`"


PLACES = "|".join(("ho" + "me", "ro" + "ot", "wo" + "rk", "Us" + "ers"))
REGISTRIES = "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(?:org|com)"))
UNSHIPPABLE = re.compile(rf"(?<![\w.)}}\]*-])/(?:{PLACES})/\w|{REGISTRIES}")
"""Written in pieces, so that this file does not find itself."""


def test_no_file_names_this_machine_or_a_package_registry() -> None:
    found: list[str] = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and captured bytes
        for number, line in enumerate(text.splitlines(), 1):
            if UNSHIPPABLE.search(line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:80]}")
    assert not found, "a stranger has neither these folders nor this registry"


def test_the_continuous_build_runs_the_test_command_and_nothing_else() -> None:
    lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert [line for line in lines if line and not line.startswith(("#", "set ", "cd "))] == [
        "make test"
    ]


@pytest.mark.req("TRC-02")
@pytest.mark.req("USE-02")
def test_imports_point_downwards() -> None:
    checker = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [checker, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
