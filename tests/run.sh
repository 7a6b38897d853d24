#!/usr/bin/env bash
# Every suite, each with a database, a Redis database and a RabbitMQ virtual host of its own, on servers started for
# this run only. Last line: "N passed, N failed, N skipped", summed over all.
#
#   tests/run.sh [SUITE]...        all of them, three at a time, the longest first
#
# DEEP=1 runs those as well that take minutes (they are skipped, and counted so); MODE=asan|tsan|release, ONLY=part-of-a-test's-name,
# ONLY_PYTHON=expression of pytest's -k where that is another; KEEP=1 keeps the directory of the run.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../scripts/common.sh"
# shellcheck source=tests/environment.sh
. "$TOP/tests/environment.sh"
cd "$TOP"
MODE=${MODE:-asan} B=build/${MODE:-asan}
SUITE_S=${SUITE_S:-1000}                # at most this long for a suite
LANES=3                                 # suites at a time: some wait more than they work
export PATIENCE=${PATIENCE:-4}          # times what something may take on a machine that does nothing else
longest="api saas products audio stt libcommon chaos document gateway"
housed="api products saas"                   # the suites that talk to daemons of their own
PYTHON=/usr/bin/python3                 # Debian's, which has Debian's pytest

# Keys of the person who runs this must not turn a test into a paid call, nor their settings change it.
for name in $(compgen -e | grep -E '_(KEY|TOKEN|SECRET|URL|ENGINES?|MODEL)$' || true); do unset "$name"; done
export LANG=C.UTF-8 TZ=UTC UBSAN_OPTIONS=print_stacktrace=1
# What was freed stays out of use until so much more was: with the usual 256 MB a daemon never comes to use a page twice.
export ASAN_OPTIONS=quarantine_size_mb=16:thread_local_quarantine_size_kb=64

WORK=$(mktemp -d /tmp/palabre-test.$$.XXXXXX)
chmod 711 "$WORK"                       # the daemons' user reads the directory's authority in it
SERVERS=$WORK/servers
running='' starting='' lanes=''

# End and delete a run's directory.
wipe() {
    local house servers
    for servers in "$1"/proxy.* "$1"/directory.*; do
        [ ! -d "$servers" ] || scripts/servers.sh remove "$servers"
    done
    for house in "$1"/house.*; do                       # of tests that break things
        [ ! -d "$house" ] || wipe_daemons "$house/run" "$house"
    done
    for house in "$1/api" "$1/products" "$1/saas"; do wipe_daemons "$house" "$1"; done
    rm -rf "$1"
}
# wipe_daemons RUN DIR: the daemons of RUN, the simulator and the servers of DIR.
wipe_daemons() {
    end_pids TERM 5 $(pids_in "$2" 'python3*')
    [ ! -d "$1" ] || STOP_S=10 scripts/daemons.sh stop "$1" || true
    remove_placed "$1/home"
    scripts/servers.sh remove "$2/servers"
}
# What runs left that were killed too hard to do it themselves. Their number stands in the name.
sweep() {
    local dir pid
    for dir in /tmp/palabre-test.*; do
        pid=${dir#*.} pid=${pid%.*}
        [ ! -O "$dir" ] || ! gone "$pid" || wipe "$dir"
    done
}

clean() {
    local status=$?
    trap '' INT TERM HUP
    # shellcheck disable=SC2086
    end_pids TERM 10 $lanes $starting
    if [ "${KEEP:-}" = 1 ]; then
        scripts/servers.sh stop "$SERVERS"
        cp -R "$WORK" "${WORK/test/kept}"
        say "kept: ${WORK/test/kept}"
    fi
    wipe "$WORK"
    exit $status
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# run SECONDS LOG COMMAND...: in the background, so that a signal to us is answered at once.
run() {
    local seconds=$1 log=$2 status=0
    shift 2
    timeout -k 5 "$seconds" "$@" >"$log" 2>&1 </dev/null &
    running=$!
    wait $running || status=$?
    running=''
    return $status
}

# tell SUITE LOG STATUS SECONDS PASSED FAILED SKIPPED: count a suite and print its line; all it said when it failed.
tell() {
    local f=$6
    [ "$3" = 0 ] || [ "$f" -gt 0 ] || f=1       # it died, or ran too long
    [ "$f" = 0 ] || { grep -v '^ok  ' "$2" | tail -n 200 || true; }
    [ "$3" != 124 ] || say "$1: ended after $SUITE_S s"
    printf '%-12s %s passed, %s failed, %s skipped in %s s\n' "suite $1:" "$5" "$f" "$7" "$4" | tee -a "$WORK/summary"
}

run_component() {
    local log=$WORK/$1.log status=0 start=$SECONDS counts
    # shellcheck disable=SC2086
    run "$SUITE_S" "$log" "$B/test-$1" ${ONLY:-} || status=$?
    counts=$(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$log")
    # shellcheck disable=SC2086
    tell "$1" "$log" $status $((SECONDS - start)) ${counts:-0 1 0}
}

run_python() {
    local log=$WORK/$1.log xml=$WORK/$1.xml status=0 start=$SECONDS counts="" bad only=${ONLY_PYTHON:-${ONLY:-}}
    run "$SUITE_S" "$log" $PYTHON -m pytest -q -p no:cacheprovider --junitxml="$xml" ${only:+-k "$only"} "tests/$1" || status=$?
    if [[ $(cat "$xml" 2>/dev/null) =~ errors=\"([0-9]+)\"\ failures=\"([0-9]+)\"\ skipped=\"([0-9]+)\"\ tests=\"([0-9]+)\" ]]; then
        bad=$((BASH_REMATCH[1] + BASH_REMATCH[2]))
        counts="$((BASH_REMATCH[4] - bad - BASH_REMATCH[3])) $bad ${BASH_REMATCH[3]}"
    fi
    # shellcheck disable=SC2086
    tell "$1" "$log" $status $((SECONDS - start)) ${counts:-0 1 0}
}

suites_of() { make -s --no-print-directory list-suites | sed -n "s/^$1//p"; }
is_in() { [[ " $2 " = *" $1 "* ]]; }

# build SUITE...: only what these need. Called where set -e is off.
build() {
    local suite targets=()
    for suite in "$@"; do
        if is_in "$suite" "$components"; then
            targets+=("$B/test-$suite")
        elif is_in "$suite" "$housed"; then
            targets+=(all share)
        fi
    done
    [ ${#targets[@]} = 0 ] || make -j2 --no-print-directory MODE="$MODE" "${targets[@]}" || return 1
    ! is_in chaos "$*" || make -j2 --no-print-directory MODE=release all      # what is broken there is what is shipped
}

main() {
    local suites suite components pythons lane
    sweep
    scripts/install.sh
    components=$(suites_of components) pythons=$(suites_of python)
    suites=("$@")
    # shellcheck disable=SC2206
    [ $# -gt 0 ] || suites=($components $pythons)
    for suite in "${suites[@]}"; do
        is_in "$suite" "$components $pythons" || die "no suite $suite; there are:$components$pythons"
    done
    start_servers
    build "${suites[@]}" >"$WORK/build.log" 2>&1 || { tail -n 40 "$WORK/build.log"; say "the build failed"; say "0 passed, 1 failed, 0 skipped"; exit 1; }
    servers_ready "${suites[@]}"
    start_simulator all
    for ((lane = 0; lane < LANES; lane++)); do
        # shellcheck disable=SC2046
        lane $(in_order "${suites[@]}") & lanes+=" $!"
    done
    # shellcheck disable=SC2086
    wait $lanes || true
    lanes=''
    say ""
    failures "${suites[@]}"
    sort -s -k 2,2 "$WORK/summary"
    total ${#suites[@]}
}

# failures SUITE...: the names of what failed once more, where a reader of the end of the output sees them.
failures() {
    local suite
    for suite in "$@"; do
        [ ! -r "$WORK/$suite.log" ] || sed -nE "s/^(BAD |FAILED|ERROR) +/failed: $suite: /p" "$WORK/$suite.log"
    done
}

# in_order SUITE...: the longest first, so that the lanes end together.
in_order() {
    local suite
    for suite in $longest; do ! is_in "$suite" "$*" || echo "$suite"; done
    for suite in "$@"; do is_in "$suite" "$longest" || echo "$suite"; done
}

# lane SUITE...: those of them that no other lane has begun, one after the other. The place among them numbers what is a suite's of the
# servers. Each in a process of its own: the environment of one is nothing to the next.
lane() {
    local suite place=0
    # shellcheck disable=SC2086
    trap 'end_pids TERM 10 $running; exit 143' TERM
    for suite in "$@"; do
        place=$((place + 1))
        mkdir "$WORK/begun.$suite" 2>/dev/null || continue
        run_suite "$suite" "$place" &
        running=$!
        wait $running || true
    done
}

run_suite() {
    # shellcheck disable=SC2086
    trap 'end_pids TERM 10 $running; exit 143' TERM
    running=''
    give_servers "$1" "$2"
    if is_in "$1" "$components"; then
        run_component "$1"
    elif ! is_in "$1" "$housed" || { start_simulator "$1" && start_daemons "$1"; }; then
        run_python "$1"
    else
        tell "$1" /dev/null 1 0 0 1 0
    fi
}

# total N: the sum of N suites; false unless all passed.
total() {
    awk -v n="$1" '{ passed += $3; failed += $5; skipped += $7 }
         END { if (NR < n) failed += n - NR
               printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed || !passed }' "$WORK/summary"
}

main "$@"
