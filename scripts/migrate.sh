#!/usr/bin/env bash
# Bring a database to the plan in migrations/: migrate.sh PG_URL [deploy|revert|verify|status|log] [sqitch option...]
# PG_URL is postgresql://user[:password]@host[:port]/database.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

url=${1:-} action=${2:-deploy}
[[ $url =~ ^postgres(ql)?:// ]] || die "usage: migrate.sh postgresql://user@host:port/database [deploy|revert|verify|status|log]"
[[ $action =~ ^(deploy|revert|verify|status|log)$ ]] || die "no such action: $action"
shift $(($# < 2 ? 1 : 2))
command -v sqitch >/dev/null || die "no sqitch: run make install"

# Who deployed it stands in sqitch's own tables; a machine may have no names to offer.
export SQITCH_FULLNAME=${SQITCH_FULLNAME:-Palabre} SQITCH_EMAIL=${SQITCH_EMAIL:-palabre@localhost}
export PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=10 PGOPTIONS='-c client_min_messages=warning'
cd "$TOP/migrations"
# A migration that was applied and then edited, or deleted, is refused: the database would not be what the scripts say.
if [ "$action" = deploy ] && [ "$(psql -XtAqc "SELECT to_regclass('sqitch.changes') IS NOT NULL" "$url")" = t ]; then
    told=$(sqitch --quiet check --target "db:$url" 2>&1) || die "an applied migration was changed; restore it and add a new one instead: $(grep -oE '(Script|Change).* (change|divergence|diverge)[^.]*|.*not in the plan.*' <<<"$told" | tr '\n' ' ')"
fi
exec sqitch --quiet "$action" "$@" --target "db:$url"
