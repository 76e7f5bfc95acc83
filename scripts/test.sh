#!/bin/bash
# Everything `npm test` does, from a bare clone: one line a step, a step's output only if it fails,
# and the sum of all checks and tests as the last line. Exits 1 if anything failed.
# shellcheck disable=SC2317 # functions are called by the table, where shellcheck does not look
set -uo pipefail
cd "$(dirname "$0")/.." || exit
exec </dev/null

run_steps() { # the table: what is done, in order
  setup 'dependencies'   install_dependencies
  check 'build'          npm run --silent build
  check 'types'          npm run --silent typecheck
  check 'lint, format'   npm run --silent lint
  check 'shell scripts'  check_shell_scripts
  export FUZZ_SECONDS=60 # by hand it is 5
  tests 'unit tests'     unit
  if host_tier_can_run; then
    setup 'host roots'   build_host_roots
    tests 'host tests'   e2e
    test/e2e/host sweep
  else
    skip_tests "host tier ($why)" e2e
  fi
}

install_dependencies() { # what is there is left alone, unless the lock file is newer
  [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-progress
}
check_shell_scripts() {
  command -v shellcheck >/dev/null || return "$skipped_status"
  local files
  mapfile -t files < <(git ls-files .ci bin scripts src test examples | while read -r file; do
    head -n 1 "$file" 2>/dev/null | tr -d '\0' | grep -qE '^#!.*\b(bash|sh)$' && echo "$file"
  done)
  shellcheck "${files[@]}"
}
host_tier_can_run() { # else `why` says why not
  why=
  if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then setup 'host packages' scripts/install-host-packages.sh; fi
  why=$(test/e2e/host able)
}
build_host_roots() {
  test/e2e/host sweep || true # what another run left behind is no failing of this one
  local suite
  for suite in bookworm trixie; do test/e2e/host root "$suite" && test/e2e/host inits "$suite" || return; done
}

# --- running and counting --------------------------------------------------------------------------

passed=0 failed=0 skipped=0
skipped_status=77 # as automake has it: the check could not be done here
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

begin() { printf '%-16s' "$1"; started=$EPOCHREALTIME; }
end() { # VERDICT [DETAIL]
  local ms=$(((${EPOCHREALTIME//[.,]/} - ${started//[.,]/}) / 1000))
  printf '%-8s%4d.%d s  %s\n' "$1" $((ms / 1000)) $((ms / 100 % 10)) "${2:-}"
}
show_log() { sed 's/^/    /' "$work/log"; }

setup() { # NAME COMMAND...: needed by the steps after it, so the run ends without it
  begin "$1"
  if "${@:2}" >"$work/log" 2>&1; then end ok; return; fi
  end FAILED
  show_log
  failed=$((failed + 1))
  finish
}
check() { # NAME COMMAND...: counts as one
  local status=0
  begin "$1"
  "${@:2}" >"$work/log" 2>&1 || status=$?
  case $status in
    0) end ok; passed=$((passed + 1)) ;;
    "$skipped_status") end skipped; skipped=$((skipped + 1)) ;;
    *) end FAILED; show_log; failed=$((failed + 1)) ;;
  esac
}
tests() { # NAME VITEST-PROJECT: counts as what it holds
  begin "$1"
  vitest_counts "$2"
  if [ "$f" = 0 ]; then end ok "$(tally "$p" "$f" "$s")"; else end FAILED "$(tally "$p" "$f" "$s")"; show_log; fi
  sed 's/^/    passed only at the second try: /' "$work/retried"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}
skip_tests() { # NAME VITEST-PROJECT: loads the files, so that what did not run is counted and still compiles
  vitest_counts "$2" --testNamePattern 'no test is named so'
  echo "skipped: $1, $s tests"
  [ "$f" = 0 ] || show_log
  failed=$((failed + f)) skipped=$((skipped + s))
}
vitest_counts() { # VITEST-PROJECT [OPTION...]: sets p, f and s
  local status=0
  npx --no-install vitest run --project "$1" "${@:2}" --no-color \
    --reporter=dot --reporter=json --outputFile.json="$work/$1.json" >"$work/log" 2>&1 || status=$?
  node scripts/count-tests.mjs "$work/$1.json" "$status" 2>>"$work/log" |
    { read -r counts; echo "$counts" >"$work/counts"; cat >"$work/retried"; }
  read -r p f s <"$work/counts"
}
tally() { echo "$1 passed, $2 failed$([ "$3" = 0 ] || echo ", $3 skipped")"; }
finish() {
  tally $passed $failed $skipped
  exit $((failed > 0))
}

node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null ||
  { echo "dockunit needs Node 20 or newer" >&2; exit 1; }
run_steps
finish
