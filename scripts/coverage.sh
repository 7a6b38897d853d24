#!/usr/bin/env bash
# Which lines the tests reach: coverage.sh [PATTERN]... builds with counters, runs the suites of SUITES (all but chaos), and tells by file and
# by folder what is reached of the sources whose path matches a pattern (regular expressions; none: everything). COVER_LEAST=90 ends with 1
# below it. Without optimization and with counters all takes longer: SUITE_S is how long a suite may take, PATIENCE times what a test may.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$TOP"
command -v gcovr >/dev/null || die "no gcovr: run make install"

# Programs write their counters beside their objects, but under another root: as whom a daemon runs, and where from, must not matter.
counters=$(mktemp -d /tmp/palabre-coverage.XXXXXX) status=0
trap 'rm -rf "$counters"' EXIT
[ ! -d build/cov ] || find build/cov -name '*.gcda' -delete
export GCOV_PREFIX=$counters GCOV_PREFIX_STRIP RUN_AS=0 SUITE_S=${SUITE_S:-1800} PATIENCE=${PATIENCE:-3}
GCOV_PREFIX_STRIP=$(tr -dc / <<<"$TOP" | wc -c)
# shellcheck disable=SC2046,SC2086
MODE=cov tests/run.sh ${SUITES:-$(make -s list-suites | sed 's/^[a-z]* //' | tr '\n' ' ' | sed 's/\bchaos\b//')} ||
    { status=1; warn "a suite failed: the figures are of what ran"; }
[ ! -d "$counters/build" ] || cp -R "$counters/build" .
filters=()
for pattern in "$@"; do filters+=(--filter "$pattern"); done
summary=$counters/summary.json
gcovr --root . --object-directory build/cov "${filters[@]}" --exclude '(.*/)?(test|fuzz)(_[a-z_]*)?\.c' --exclude 'build/' --exclude 'tests/' --sort-percentage \
    --json-summary "$summary" --txt - ${COVER_LEAST:+--fail-under-line "$COVER_LEAST"} build/cov || status=$?
jq -r '[.files[] | . + { folder: (.filename | sub("/[^/]*$"; "")) }] | group_by(.folder)[] | [.[0].folder, (map(.line_total) | add), (map(.line_covered) | add)] | @tsv' \
    "$summary" | awk -F '\t' '{ printf "%-32s %6d of %6d lines  %5.1f %%\n", $1, $3, $2, 100 * $3 / ($2 ? $2 : 1); all += $2; reached += $3 }
        END { printf "%-32s %6d of %6d lines  %5.1f %%\n", "all", reached, all, 100 * reached / (all ? all : 1) }'
exit $status
