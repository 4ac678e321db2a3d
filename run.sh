#!/bin/sh
# Starts the balance station; makes its environment when needed. Arguments go to `balance-station run` (try --headless --port 8080).
cd "$(dirname "$0")" || exit 2
EXTRA=""
. ./.ci/environment.sh
exec .venv/bin/balance-station run "$@"
