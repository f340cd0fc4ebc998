#!/bin/sh
# Resolves pyproject.toml into the two hash-pinned locks. They name no registry, so that they work behind any mirror.
set -eu
options="--quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header"
.venv/bin/uv pip compile $options pyproject.toml -o requirements.lock "$@"
.venv/bin/uv pip compile $options pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock "$@"
