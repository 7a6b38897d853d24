#!/usr/bin/env bash
# Which lines the tests reach: coverage.sh [PATTERN]... builds with counters, runs the suites of SUITES (all but chaos), and tells by file
# what is reached of the sources whose path matches a pattern (regular expressions; none: everything). COVER_LEAST=90 ends with 1 below it.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$TOP"
command -v gcovr >/dev/null || die "no gcovr: run make install"

# Programs write their counters beside their objects, but under another root: as whom a daemon runs, and where from, must not matter.
counters=$(mktemp -d /tmp/palabre-coverage.XXXXXX)
trap 'rm -rf "$counters"' EXIT
make -j2 --no-print-directory --silent MODE=cov all suites
find build/cov -name '*.gcda' -delete
export GCOV_PREFIX=$counters GCOV_PREFIX_STRIP RUN_AS=0 SUITE_S=${SUITE_S:-1800}
GCOV_PREFIX_STRIP=$(tr -dc / <<<"$TOP" | wc -c)
# shellcheck disable=SC2046,SC2086
MODE=cov tests/run.sh ${SUITES:-$(make -s list-suites | sed 's/^[a-z]* //' | tr '\n' ' ' | sed 's/\bchaos\b//')} || warn "a suite failed: the figures are of what ran"
[ ! -d "$counters/build" ] || cp -R "$counters/build" .
filters=()
for pattern in "$@"; do filters+=(--filter "$pattern"); done
gcovr --root . --object-directory build/cov "${filters[@]}" --exclude '(.*/)?(test|fuzz)(_[a-z_]*)?\.c' --exclude 'build/' --exclude 'tests/' --sort-percentage \
    ${COVER_LEAST:+--fail-under-line "$COVER_LEAST"} build/cov
