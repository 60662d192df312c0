#!/bin/sh
# Installs Debian's Chromium for the browser tests, unless there is one.
set -eu
[ -n "${TWINLENS_CHROMIUM:-}" ] && exit 0
command -v chromium >/dev/null && exit 0
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
$as_root apt-get update -q
$as_root apt-get install -y -q --no-install-recommends chromium
