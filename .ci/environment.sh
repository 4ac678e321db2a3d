# Makes or refreshes .venv of this checkout; sourced by run.sh and test.sh with EXTRA set ("" or "test").
# Says in one plain sentence what to install when something is missing.

say() { printf '%s\n' "$*" >&2; }

python=""
for name in python3 python3.13 python3.12 python3.11; do
  if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$name
    break
  fi
done
if [ -z "$python" ]; then
  say "Python 3.11 or newer is missing: install it (on Debian and Raspberry Pi OS: sudo apt-get install python3 python3-venv)."
  exit 2
fi

# cksum is in POSIX; sha256sum is not on every macOS.
want="$(cksum <pyproject.toml | tr -s ' \t' '--')"
have="$(cat .venv/.stamp 2>/dev/null || true)"
fresh=no
if [ -x .venv/bin/balance-station ]; then
  [ "$have" = "$want test" ] && fresh=yes
  [ "$have" = "$want" ] && [ -z "$EXTRA" ] && fresh=yes
fi

if [ "$fresh" = no ]; then
  flags=""
  # On a Pi the pictures (pygame with KMSDRM) and the pins (lgpio) come from the system's packages.
  if grep -q "Raspberry Pi" /proc/device-tree/model 2>/dev/null; then flags="--system-site-packages"; fi
  say "Making the environment in .venv (once; about a minute) ..."
  target="."
  [ -n "$EXTRA" ] && target=".[$EXTRA]"
  if command -v uv >/dev/null 2>&1; then
    [ -x .venv/bin/python ] || uv venv --quiet $flags --python "$python" .venv || exit 2
    uv pip install --quiet --python .venv/bin/python -e "$target" || exit 2
  else
    if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
      if ! "$python" -m venv $flags .venv >/dev/null 2>&1; then
        rm -rf .venv
        say "python3-venv is missing: run sudo apt-get install python3-venv"
        exit 2
      fi
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e "$target" || {
      say "The packages could not be installed: check the network, then run this again."
      exit 2
    }
  fi
  if [ -n "$EXTRA" ]; then printf '%s %s' "$want" "$EXTRA" >.venv/.stamp; else printf '%s' "$want" >.venv/.stamp; fi
fi
