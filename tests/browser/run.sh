#!/usr/bin/env bash
# run.sh PROGRAM DIRECTORY [ARTIFACTS]: the pages in a real Chromium, against the real shop.
# PROGRAM: seckill_flash_sale. DIRECTORY: where npm's packages are kept, by the hash of their lock file; nothing is
# written into the source tree. ARTIFACTS: where the pictures go. Exit status 77: something is missing on this machine.
set -euo pipefail

program=$(realpath "$1")
mkdir -p "$2" "${3:-$2/artifacts}"
directory=$(realpath "$2")
export BROWSER_TEST_ARTIFACTS=${BROWSER_TEST_ARTIFACTS:-$(realpath "${3:-$2/artifacts}")}
cd "$(dirname "$0")"

for command in node npm "${CHROMIUM:-chromium}"; do
  command -v "$command" >/dev/null && continue
  echo "browser tests: $command was not found. Install it with:"
  echo "  apt-get install -y --no-install-recommends nodejs npm chromium"
  exit 77
done

modules=$directory/modules-$(sha256sum package-lock.json | cut -c1-16)
if [ ! -d "$modules" ]; then
  fresh=$(mktemp -d "$directory/fresh.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  cp package.json package-lock.json "$fresh"
  (cd "$fresh" && npm ci --ignore-scripts --no-audit --no-fund --silent) ||
    { echo "browser tests: npm ci failed; it needs the npm registry once" >&2; exit 1; }
  mv "$fresh" "$modules"
fi

export BROWSER_TEST_SHOP=$program BROWSER_TEST_MODULES=$modules/
exec node --test --test-reporter=spec --test-concurrency=2 --test-timeout=590000 ./*.test.mjs
