#!/usr/bin/env bash
# The database's migrations by the commands people know; sqitch does the work.
#
#   db-migrate.sh generate "add full name to user"     deploy/, revert/ and verify/ of a new migration, to be filled in
#   db-migrate.sh upgrade                               apply what is not applied yet
#   db-migrate.sh downgrade [-N]                        take back the last one, or the last N
#   db-migrate.sh history                               what was applied when, newest first
#   db-migrate.sh current                               where the database stands, and what is not applied yet
#   db-migrate.sh reset                                 take back everything and apply it again: all data goes; asks first
#   db-migrate.sh init                                  an empty database: apply everything
#
# The database is DATABASE_URL, or PG_URL, or the one of `make up`. A migration that was applied is never edited or deleted:
# upgrade refuses when one was, and says which.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
MIGRATE=$TOP/scripts/migrate.sh

usage() { sed -n '4,10s/^# *//p' "$0" >&2; exit "$1"; }

database() {
    local url=${DATABASE_URL:-${PG_URL:-}}
    [ -n "$url" ] || url=$(sed -n 's/^PG_URL=//p' "$TOP/.run/servers/env" 2>/dev/null) || true
    [ -n "$url" ] || die "which database? set DATABASE_URL=postgresql://user@host:port/name, or start one: make up"
    echo "$url"
}
applied() { [ "$(psql -XtAqc "SELECT to_regclass('sqitch.changes') IS NOT NULL" "$1")" = t ] && psql -XtAqc "SELECT count(*) FROM sqitch.changes WHERE project = 'palabre'" "$1" || echo 0; }

# The change's name tells its minute; what it builds on stands in the plan.
generate() {
    local message=${1:-} slug name last
    [ -n "$message" ] || { warn "what does it do? db-migrate.sh generate \"add full name to user\""; exit 1; }
    slug=$(iconv -f utf8 -t ascii//TRANSLIT <<<"$message" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9]\{1,\}/_/g; s/^_//; s/_$//' | cut -c 1-60)
    [ -n "$slug" ] || die "the message needs a letter or a digit"
    name=$(date -u +%Y%m%d_%H%M)_${slug%_}
    cd "$TOP/migrations"
    last=$(awk '!/^%/ && NF { name = $1 } END { print name }' sqitch.plan)
    export SQITCH_FULLNAME=${SQITCH_FULLNAME:-Palabre} SQITCH_EMAIL=${SQITCH_EMAIL:-palabre@localhost}
    sqitch --quiet add "$name" --requires "$last" --note "$message"
    printf '%s\n' "migrations/deploy/$name.sql" "migrations/revert/$name.sql" "migrations/verify/$name.sql" \
        "Fill them in, read them again, then: db-migrate.sh upgrade"
}

downgrade() {
    local n=${1:-1} url there
    n=${n#-}
    [[ $n =~ ^[1-9][0-9]*$ ]] || die "how many? -1, -2 ..."
    url=$(database)
    there=$(applied "$url")
    [ "$n" -le "$there" ] || die "only $there are applied"
    if [ "$n" = "$there" ]; then "$MIGRATE" "$url" revert -y; else "$MIGRATE" "$url" revert -y --to "@HEAD^$n"; fi
    say "$n taken back, $((there - n)) applied"
}

reset() {
    local url answer
    url=$(database)
    printf 'Are you sure? (yes/no): '
    read -r answer || answer=
    [ "$answer" = yes ] || die "nothing was done"
    [ "$(applied "$url")" = 0 ] || "$MIGRATE" "$url" revert -y
    upgrade
}

upgrade() {
    local url before
    url=$(database)
    before=$(applied "$url")
    "$MIGRATE" "$url" deploy
    say "$(($(applied "$url") - before)) applied, $(applied "$url") in all"
}

current() {
    local url
    url=$(database)
    if [ "$(applied "$url")" = 0 ]; then say "nothing is applied"; else "$MIGRATE" "$url" status || true; fi
}

init() {
    [ "$(applied "$(database)")" = 0 ] || die "migrations are applied already: upgrade"
    upgrade
}

case ${1:-} in
generate) generate "${2:-}" ;;
upgrade) upgrade ;;
downgrade) downgrade "${2:-}" ;;
history) "$MIGRATE" "$(database)" log ;;
current) current ;;
reset) reset ;;
init) init ;;
-h | --help) usage 0 ;;
*) usage 1 ;;
esac
