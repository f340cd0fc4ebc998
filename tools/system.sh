#!/bin/sh
# Makes sure that the system's programs named on the command line exist: postgresql, redis, chromium.
# Installs Debian's packages when it may (root, or sudo without a password); otherwise says in one line what to install.
set -eu
missing=""
for program in "$@"; do
  case $program in
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$missing postgresql" ;;
    redis) command -v redis-server >/dev/null || missing="$missing redis-server" ;;
    chromium) command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium" ;;
    *) echo "tools/system.sh knows nothing of $program" >&2; exit 2 ;;
  esac
done
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "Please install with your system's package manager, then run make again:$missing" >&2; exit 1
fi
if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else
  echo "Please run 'sudo apt-get install$missing', then make again." >&2; exit 1
fi
echo "Installing with apt:$missing"
log=$(mktemp)
# shellcheck disable=SC2086
{ $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1 || {
  tail -5 "$log" >&2; echo "apt could not install:$missing" >&2; exit 1; }
