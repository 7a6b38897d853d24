#!/usr/bin/env bash
# Check what the compiler cannot: who may include what, banned calls, sizes, strings that must not be in the tree,
# shell syntax. One line for each failure, "file:line: what"; the rules for C are in lint.awk.
set -uo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$TOP" || exit 1

# What is or would be committed; without git, what is no product of a build.
files() {
    git ls-files --cached --others --exclude-standard 2>/dev/null ||
        find . -name .git -prune -o -name node_modules -prune -o -path ./build -prune -o -path ./.run -prune -o -type f -print |
        sed 's|^\./||'
}
matching() { grep -E "$1" <<<"$all" || true; }

check_c() { matching '\.[ch]$' | xargs -r awk -f scripts/lint.awk; }

# A directory of some machine, the address of a package registry.
check_strings() {
    local hosts='registry\.(npmjs|yarnpkg)|npmmirror|pypi\.(org|python)|pythonhosted|deb\.debian\.org|"resolved":'
    matching . | xargs -r -d '\n' grep -nIE -- "/(work|farm)/|$hosts" 2>/dev/null | grep -v '^scripts/lint.sh:' |
        sed -E 's/^([^:]+:[0-9]+):.*/\1: a path of one machine, or the address of a package registry/'
}

check_shell() {
    local file
    for file in $(matching '(\.sh|^\.ci/run)$'); do
        bash -n "$file" 2>&1 | sed -nE 's/^([^:]+): line ([0-9]+): /\1:\2: /p'
    done
}

all=$(files | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
found=$(check_c; check_strings; check_shell)
[ -z "$found" ] || { printf '%s\n' "$found"; say "lint: $(wc -l <<<"$found") failures"; exit 1; }
say "lint: $(wc -l <<<"$all") files, nothing to complain of"
