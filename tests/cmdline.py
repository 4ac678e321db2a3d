"""The command line in this process, as a person types it."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from station.cli import main


def cli(*words: object, home: Path | None = None) -> Result:
    """What `balance-station words...` prints and its exit code; the default data folder is `home`. Any other error is raised."""
    env = {"BALANCE_STATION_DATA": str(home or "/nonexistent/balance-station")}
    result = CliRunner(env=env).invoke(main, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def told(result: Result) -> list[str]:
    """The lines on standard error, without empty ones."""
    return [line for line in result.stderr.splitlines() if line.strip()]


def document(*words: object, code: int = 0, home: Path | None = None) -> Any:
    """The JSON that a command prints."""
    result = cli(*words, "--json", home=home)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def hears_ctrl_c() -> None:
    """For `preexec_fn`: a machine that runs the tests in the background ignores Ctrl-C, and so would every program they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
