#!/usr/bin/env bash
# Everything on this machine, under .run/: private servers, migrations, every daemon of the release build.
# Settings of your own (engine keys ...) go into .env; up.sh STT=2 GATEWAY=2 starts several of one daemon.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$TOP"
RUN=$TOP/.run

# Made once, so that tokens outlive a restart and the audit log can be verified.
make_secrets() {
    local name
    umask 077
    touch "$RUN/secret.env"
    for name in JWT_SECRET AUDIT_SECRET; do
        grep -q "^$name=" "$RUN/secret.env" || printf '%s=%s\n' "$name" "$(head -c 48 /dev/urandom | base64 -w 0)" >>"$RUN/secret.env"
    done
    [ -s "$RUN/audit-sign.pem" ] || build/release/palabrectl audit keygen "$RUN/audit-sign.pem" >"$RUN/audit-public.pem"
    umask 022
}

address_of_gateway() { awk '$1 == "palabre-gateway" { print $4 }' "$RUN/daemons"; }

install -d -m 700 "$RUN/log"
make_secrets
[ ! -r .env ] || read_env .env
read_env "$RUN/secret.env"
export AUDIT_SIGN_KEY=${AUDIT_SIGN_KEY:-$(cat "$RUN/audit-sign.pem")} AUDIT_PUBLIC_KEYS=${AUDIT_PUBLIC_KEYS:-$(cat "$RUN/audit-public.pem")}

say "servers: PostgreSQL, Redis, RabbitMQ"
scripts/servers.sh start "$RUN/servers"
set -a
# shellcheck source=/dev/null
. "$RUN/servers/env"
set +a
say "database: migrations"
scripts/migrate.sh "$PG_URL" deploy >"$RUN/log/migrate.log" 2>&1 || { cat "$RUN/log/migrate.log" >&2; die "the migrations failed"; }
say "daemons:"
scripts/daemons.sh start "$RUN" "$TOP/build/release"
scripts/daemons.sh status "$RUN"
# palabrectl reads it, with the files above.
printf 'BLOB_URL=file://%s/blobs\nAUDIT_PUBLIC_KEYS_FILE=%s/audit-public.pem\n' "$(realpath "$RUN/home")" "$RUN" >"$RUN/env"
address=$(address_of_gateway)
[ -z "$address" ] || say "Palabre answers at http://$address, its documentation is http://$address/api/v1/docs"
