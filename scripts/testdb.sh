#!/usr/bin/env bash
# Databases for tests: a migrated template once, then copies of it in some 50 ms each.
#
#   testdb.sh template PG_URL        make (or renew) the template
#   testdb.sh new PG_URL NAME        copy it to a fresh database NAME; prints its URL
#   testdb.sh drop PG_URL NAME
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

TEMPLATE=palabre_template

[ $# -ge 2 ] || die "usage: testdb.sh template|new|drop PG_URL [NAME]"
action=$1 url=$2 name=${3:-}
[ "$action" = template ] || [[ $name =~ ^[a-z][a-z0-9_]{0,62}$ ]] || die "a database name is needed: a-z 0-9 _"

sql() { psql -XAtq -v ON_ERROR_STOP=1 "$url" -c "SET client_min_messages = warning" "$@"; }
url_of() { printf '%s/%s\n' "${url%/*}" "$1"; }
drop() { sql -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)"; }

case $action in
template)
    drop $TEMPLATE
    sql -c "CREATE DATABASE $TEMPLATE"
    "$TOP/scripts/migrate.sh" "$(url_of $TEMPLATE)" deploy
    ;;
new)
    drop "$name"
    sql -c "CREATE DATABASE $name TEMPLATE $TEMPLATE STRATEGY file_copy"
    url_of "$name"
    ;;
drop) drop "$name" ;;
*) die "no such action: $action" ;;
esac
