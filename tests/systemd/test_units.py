"""The units are read by systemd's own tools: no unknown key, and an exposure no worse than what was decided."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = {"balance-station.service": 1.2, "balance-web.service": 1.5}

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def runnable_copy(root: Path, folder: Path, name: str) -> Path:
    """A copy whose program exists here: systemd-analyze refuses one that does not."""
    text = (root / "systemd" / name).read_text("utf-8").replace("/opt/balance-station/.venv/bin/balance-station", "/bin/true")
    copy = folder / name
    copy.write_text(text.replace("Documentation=file:///opt/balance-station/README.md\n", ""), "utf-8")
    return copy


def verify(unit: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", str(unit)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", UNITS)
def test_systemd_knows_every_key_of_the_unit(root: Path, tmp_path: Path, name: str) -> None:
    for each in UNITS:
        runnable_copy(root, tmp_path, each)
    done = verify(tmp_path / name)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_an_unknown_key_is_caught(root: Path, tmp_path: Path) -> None:
    unit = runnable_copy(root, tmp_path, "balance-web.service")
    unit.write_text(unit.read_text("utf-8").replace("[Service]\n", "[Service]\nWatchdogSecs=5\n"), "utf-8")
    done = verify(unit)
    assert done.returncode != 0
    assert "WatchdogSecs" in done.stderr


@pytest.mark.parametrize(("name", "most"), UNITS.items())
def test_the_unit_is_no_more_exposed_than_decided(root: Path, tmp_path: Path, name: str, most: float) -> None:
    unit = runnable_copy(root, tmp_path, name)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={round(most * 10)}", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-400:]


def test_the_station_never_runs_on_a_simulated_person_under_systemd(root: Path) -> None:
    assert "run --board hx711 " in (root / "systemd/balance-station.service").read_text("utf-8")
