"""Operations know neither a terminal nor a browser, nor what either takes to import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from frontdesk import operations

SPARED = {"click", "flask", "rich", "wtforms", "flask_wtf", "flask_limiter", "jinja2"}
MODULES = sorted(Path(operations.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_none_is_imported_anywhere_in_them(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            assert not (isinstance(node, ast.Name) and node.id == "print"), "nothing is printed"
            continue
        assert SPARED.isdisjoint(name.split(".")[0] for name in names)


def test_none_is_loaded_with_all_of_them() -> None:
    names = [f"frontdesk.operations.{path.stem}" for path in MODULES if path.stem != "__init__"]
    assert "frontdesk.operations.replay" in names
    script = f"import sys, {', '.join(names)}; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    assert SPARED.isdisjoint(told.stdout.split())
