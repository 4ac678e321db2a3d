"""The two commands on a bare computer: what is missing is said in one plain sentence, and nothing broken is left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NEEDED = ("sh", "dirname", "cksum", "tr", "cat", "grep", "rm", "mkdir", "printf")


def bare(root: Path, folder: Path, python: str | None) -> tuple[Path, dict[str, str]]:
    """A checkout and a PATH with a few plain tools, and `python3` as this script if there is one."""
    checkout, tools = folder / "checkout", folder / "bin"
    (checkout / ".ci").mkdir(parents=True)
    tools.mkdir()
    for name in ("run.sh", "test.sh", "pyproject.toml", ".ci/environment.sh"):
        shutil.copy(root / name, checkout / name)
    for name in NEEDED:
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)
    if python is not None:
        (tools / "python3").write_text(python, "utf-8")
        (tools / "python3").chmod(0o755)
    return checkout, {"PATH": str(tools), "HOME": str(folder)}


@pytest.mark.parametrize("script", ["run.sh", "test.sh"])
def test_without_a_new_enough_python_one_sentence_says_what_to_install(root: Path, tmp_path: Path, script: str) -> None:
    checkout, environment = bare(root, tmp_path, None)
    done = subprocess.run(["/bin/sh", script], cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "Python 3.11 or newer is missing: install it (on Debian and Raspberry Pi OS: sudo apt-get install python3 python3-venv)."
    ]


def test_without_venv_one_sentence_says_so_and_no_broken_folder_stays(root: Path, tmp_path: Path) -> None:
    # as Debian's python3 without python3-venv: the folder is made, then ensurepip is missing
    python = '#!/bin/sh\n[ "$1" = -m ] && { mkdir -p .venv/bin; echo "ensurepip is not available"; exit 1; }\nexit 0\n'
    checkout, environment = bare(root, tmp_path, python)
    done = subprocess.run(["/bin/sh", "run.sh"], cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1] == "python3-venv is missing: run sudo apt-get install python3-venv"
    assert not (checkout / ".venv").exists()


def test_a_ready_environment_is_used_as_it_is(root: Path, tmp_path: Path) -> None:
    checkout, environment = bare(root, tmp_path, "#!/bin/sh\nexit 0\n")
    (checkout / ".venv/bin").mkdir(parents=True)
    program = checkout / ".venv/bin/balance-station"
    program.write_text('#!/bin/sh\necho "$@"\n', "utf-8")
    program.chmod(0o755)
    stamp = "cksum <pyproject.toml | tr -s ' \\t' '--'"
    wanted = subprocess.run(["/bin/sh", "-c", stamp], cwd=checkout, env=dict(os.environ), capture_output=True, text=True, check=True).stdout
    (checkout / ".venv/.stamp").write_text(wanted.strip(), "utf-8")
    done = subprocess.run(["/bin/sh", "run.sh", "--headless"], cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "run --headless")
