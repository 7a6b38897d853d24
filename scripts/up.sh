#!/usr/bin/env bash
# Everything on this machine, under .run/: private servers, migrations, every daemon of the release build.
# Settings of your own (engine keys ...) go into .env; up.sh STT=2 GATEWAY=2 starts several of one daemon. TLS=1 puts HAProxy
# before the gateways, at TLS_PORT (8443 or the next free one); EDGE_CERTIFICATES names a certificate better than its own.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$TOP"
RUN=$TOP/.run

# Made once, so that tokens outlive a restart, the audit log can be verified, and what was sealed opens again.
make_secrets() {
    local name
    umask 077
    touch "$RUN/secret.env"
    for name in JWT_SECRET AUDIT_SECRET; do
        grep -q "^$name=" "$RUN/secret.env" || printf '%s=%s\n' "$name" "$(head -c 48 /dev/urandom | base64 -w 0)" >>"$RUN/secret.env"
    done
    grep -q '^PERSON_KEYS=' "$RUN/secret.env" || printf 'PERSON_KEYS=first:%s\n' "$(head -c 32 /dev/urandom | base64)" >>"$RUN/secret.env"
    [ -s "$RUN/audit-sign.pem" ] || build/release/palabrectl audit keygen "$RUN/audit-sign.pem" >"$RUN/audit-public.pem"
    umask 022
}

address_of_gateway() { awk '$1 == "palabre-gateway" { print $4 }' "$RUN/daemons"; }

# The gateways believe the proxy, and keep their connections with it longer than it does.
expect_proxy() { export TRUSTED_PROXIES=${TRUSTED_PROXIES:-127.0.0.1} KEEP_ALIVE_MS=${KEEP_ALIVE_MS:-60000}; }

start_proxy() {
    export EDGE_LISTEN=${EDGE_LISTEN:-127.0.0.1:$(free_port "${TLS_PORT:-8443}")}
    GATEWAYS=$(awk '$4 != "-" { print $4 }' "$RUN/daemons" | tr '\n' ' ') scripts/servers.sh start "$RUN/servers" haproxy
    say "proxy: https://${EDGE_LISTEN/127.0.0.1/localhost}, certificate ${EDGE_CERTIFICATES:-$RUN/servers/tls/palabre.pem}"
}

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
scripts/servers.sh stop "$RUN/servers" haproxy
[ "${TLS:-}" != 1 ] || expect_proxy
say "daemons:"
scripts/daemons.sh start "$RUN" "$TOP/build/release"
scripts/daemons.sh status "$RUN"
# palabrectl reads it, with the files above.
printf 'BLOB_URL=file://%s/blobs\nAUDIT_PUBLIC_KEYS_FILE=%s/audit-public.pem\n' "$(realpath "$RUN/home")" "$RUN" >"$RUN/env"
[ "${TLS:-}" != 1 ] || start_proxy
address=$(address_of_gateway)
[ -z "$address" ] || say "Palabre answers at http://$address, its documentation is http://$address/api/v1/docs"
while read -r listener; do
    [ -z "$listener" ] || say "   in the words of $(tr ',' '\n' <<<"${DIALECTS-8061=foyergpt,8004=saas-ia,5000=hellojade}" | sed -n "s/^${listener##*:}=//p") at http://$listener"
done <"$RUN/listeners"
