"""The house stands as drawn in CONTRIBUTING.md: arrows between its parts run downward only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import frontdesk

PACKAGE = Path(frontdesk.__file__).parent
# Each part may import what stands on a lower floor. Beside it only itself.
FLOORS = [
    {"model"},
    {"deadline", "forks", "networks", "resources"},
    {"i18n", "ports", "metrics", "http", "sender", "proxies", "own_templates"},
    {"store", "config"},
    {"data_dir", "units"},
    {"intake", "delivery"},
    {"monitoring"},
    {"crm"},
    {"kinds", "couriers"},
    {"operations"},
    {"inbox"},
    {"routes"},
    {"extension"},
    {"sandbox"},
    {"cli"},
    {"__main__"},
]
FLOOR = {part: number for number, floor in enumerate(FLOORS) for part in floor}
# The face of the package, which imports the extension when it is asked for.
FACE = "__init__"


def modules() -> Iterator[tuple[str, Path]]:
    """Every module, with the part of the house that it belongs to."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path


def imported(path: Path) -> set[str]:
    """The parts of `frontdesk` that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, *parts = name.split(".")
            if package == "frontdesk":
                found.add(parts[0] if parts and parts[0] in FLOOR else "extension")
    return found


@pytest.mark.parametrize(("part", "path"), [m for m in modules() if m[0] != FACE])
def test_arrows_run_downward_only(part: str, path: Path) -> None:
    for other in imported(path) - {part}:
        assert FLOOR[other] < FLOOR[part], f"{path.relative_to(PACKAGE)} imports frontdesk.{other}"


def test_every_part_has_its_floor() -> None:
    assert {part for part, _ in modules()} - {FACE} == set(FLOOR)


def test_the_ground_floor_imports_nothing_of_ours() -> None:
    for path in (PACKAGE / "model").rglob("*.py"):
        assert imported(path) <= {"model"}


def test_nobody_outside_the_store_knows_how_it_keeps_what() -> None:
    """But for the one that makes it: no path, segment, offset or lock file is known elsewhere."""
    folders = {path.parent.name for path in (PACKAGE / "store").glob("*/*.py")}
    assert {"files", "memory", "postgresql"} <= folders
    for part, path in modules():
        if part != "store" and path != PACKAGE / "data_dir.py":
            text = path.read_text(encoding="utf-8")
            for kind in folders:
                assert f"frontdesk.store.{kind}" not in text, path


def test_a_command_changes_nothing_but_by_an_operation() -> None:
    """So that a page of a browser can do the same, and who did it is always written down."""
    changing = {"append", "erase", "prune", "finish_erasure", "empty_late", "claim_once"}
    for part, path in modules():
        if part == "cli":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr in changing:
                    assert not ast.unparse(node.value).endswith("store"), path


def test_nobody_uses_the_sandbox_but_the_command_that_shows_it() -> None:
    for part, path in modules():
        if part != "sandbox" and path != PACKAGE / "cli/table.py":
            assert "sandbox" not in imported(path), path
            # Nor by a name in a text, as what is loaded late would be.
            assert "frontdesk.sandbox" not in path.read_text(encoding="utf-8"), path


def test_the_stand_in_of_a_crm_knows_nothing_of_us() -> None:
    room = PACKAGE / "sandbox"
    stand_ins = {path for path in room.rglob("*.py") if room / "demo" not in path.parents}
    assert {room / "realpad/app.py", room / "realgeeks/app.py"} <= stand_ins
    for path in stand_ins:
        assert imported(path) <= {"sandbox"}, path
        assert "frontdesk.sandbox.demo" not in path.read_text(encoding="utf-8"), path
