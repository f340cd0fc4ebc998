#!/bin/sh
# Builds the project's environment in .venv from the hash-pinned lock; uv when it can be had (8 x faster), plain pip otherwise.
set -eu
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Tenantry needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Set PYTHON to a newer one." >&2; exit 1; }
[ -x .venv/bin/python ] || "$python" -m venv .venv || {
  echo "python3 -m venv failed. On Debian or Ubuntu install the package python3-venv, then run make again." >&2; exit 1; }
if .venv/bin/python -m pip install -q --disable-pip-version-check uv 2>/dev/null; then
  .venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r requirements-dev.lock
  .venv/bin/uv pip install -q --python .venv/bin/python --no-deps -e .
else
  .venv/bin/python -m pip install -q --require-hashes -r requirements-dev.lock
  .venv/bin/python -m pip install -q --no-deps -e .
fi
# Where bytecode is not written by itself, every process would compile what it imports. One library of tests is too large.
.venv/bin/python -m compileall -q -j 0 -x '/msgraph/' .venv/lib
