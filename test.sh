#!/bin/sh
# Runs every check and test; makes the environment when needed. Arguments go to pytest (try -k pipeline).
cd "$(dirname "$0")" || exit 2
EXTRA="test"
. ./.ci/environment.sh
export SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy PYGAME_HIDE_SUPPORT_PROMPT=1 GPIOZERO_PIN_FACTORY=mock
bin=.venv/bin
$bin/ruff check . || exit 1
$bin/ruff format --check --quiet . || { echo "ruff format would change files: run .venv/bin/ruff format ." >&2; exit 1; }
$bin/mypy || exit 1
$bin/lint-imports --no-cache || exit 1
exec $bin/python -m pytest -n 2 --dist worksteal "$@"
