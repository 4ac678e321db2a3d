"""What may import what, and where time may come from. The linter's contracts are run here too, and planted violations are caught."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PURE = ("core", "protocols", "games", "coach", "flow", "service", "trial.py", "run.py")
FORBIDDEN_IN_PURE = set("time threading socket sqlite3 sqlalchemy pygame flask hardware web asyncio multiprocessing subprocess".split())
CLOCK_CALLS = {"now", "today", "utcnow", "monotonic", "monotonic_ns", "perf_counter", "time", "time_ns", "sleep"}
CLOCK_OWNERS = {"datetime", "date", "time"}
ONLY_IN = {
    "pygame": ("station/display/",),
    "gpiozero": ("hardware/",),
    "lgpio": ("hardware/",),
    "hx711": ("hardware/",),
    "flask": ("web/",),
    "waitress": ("web/",),
}
CONTRACT_FREE = ("station/cli.py",)


def sources(root: Path) -> list[Path]:
    return [p for package in ("station", "hardware", "web") for p in sorted((root / package).rglob("*.py"))]


def imported(tree: ast.AST) -> set[str]:
    """Top names of every import, also of those inside functions."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def clock_calls(tree: ast.AST) -> list[int]:
    """Lines that ask a clock: datetime.now(), date.today(), time.monotonic() ..."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_CALLS
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and (node.func.value.id if isinstance(node.func.value, ast.Name) else node.func.value.attr) in CLOCK_OWNERS
    ]


def pure_violations(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = [f"{path}: imports {name}" for name in sorted(imported(tree) & FORBIDDEN_IN_PURE)]
    return found + [f"{path}:{line}: asks a clock" for line in clock_calls(tree)]


def owner_violations(root: Path, path: Path) -> list[str]:
    here = path.relative_to(root).as_posix()
    names = imported(ast.parse(path.read_text("utf-8")))
    return [f"{here}: imports {name}" for name, homes in ONLY_IN.items() if name in names and not here.startswith(homes)]


def test_the_rules_of_the_core_ask_no_clock_and_know_no_machine(root: Path) -> None:
    pure = [p for p in sources(root) if p.relative_to(root).parts[1] in PURE and p.relative_to(root).parts[0] == "station"]
    assert len(pure) > 30
    assert [v for p in pure for v in pure_violations(p)] == []


def test_each_machine_has_one_home(root: Path) -> None:
    assert [v for p in sources(root) for v in owner_violations(root, p)] == []


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("import time\n", "imports time"),
        ("def f():\n    import sqlite3\n", "imports sqlite3"),
        ("from pygame import font\n", "imports pygame"),
        ("import datetime\nNOW = datetime.datetime.now()\n", "asks a clock"),
        ("from datetime import date\nDAY = date.today()\n", "asks a clock"),
    ],
)
def test_a_planted_violation_of_the_pure_rules_is_caught(tmp_path: Path, planted: str, told: str) -> None:
    path = tmp_path / "planted.py"
    path.write_text(planted, "utf-8")
    assert any(told in v for v in pure_violations(path))


@pytest.mark.parametrize("name", sorted(ONLY_IN))
def test_a_machine_imported_elsewhere_is_caught(tmp_path: Path, name: str) -> None:
    path = tmp_path / "station" / "planted.py"
    path.parent.mkdir()
    path.write_text(f"import {name}\n", "utf-8")
    assert owner_violations(tmp_path, path) == [f"station/planted.py: imports {name}"]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


PLANTED = {
    "station/core/planted.py": "import pygame\n",
    "station/trial.py": "import station.flow\n",
    "station/flow/planted.py": "import hardware\n",
    "station/store/planted.py": "import station.cli\n",
    "web/planted.py": "import station.display\n",
    "hardware/planted.py": "import station.store\n",
}


def test_every_contract_of_the_linter_catches_a_planted_import(root: Path, tmp_path: Path) -> None:
    for package in ("station", "hardware", "web"):
        shutil.copytree(root / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    for name, text in PLANTED.items():
        path = tmp_path / name
        path.write_text((path.read_text("utf-8") if path.exists() else "") + "\n" + text, "utf-8")
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert "Contracts: 0 kept, 6 broken." in done.stdout
