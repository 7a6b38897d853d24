#!/usr/bin/env bash
# Everything on this machine, under .run/: private servers, migrations, every daemon of the release build.
# Settings of your own (engine keys ...) go into .env; up.sh STT=2 GATEWAY=2 starts several of one daemon.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$TOP"
RUN=$TOP/.run

# Made once, so that tokens outlive a restart.
make_secret() {
    [ ! -s "$RUN/secret.env" ] || return 0
    (umask 077; printf 'JWT_SECRET=%s\n' "$(head -c 48 /dev/urandom | base64 -w 0)" >"$RUN/secret.env")
}

address_of_gateway() { awk '$1 == "palabre-gateway" { print $4 }' "$RUN/daemons"; }

install -d -m 700 "$RUN/log"
make_secret
[ ! -r .env ] || read_env .env
read_env "$RUN/secret.env"

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
printf 'BLOB_URL=file://%s/blobs\n' "$(realpath "$RUN/home")" >"$RUN/env"
address=$(address_of_gateway)
[ -z "$address" ] || say "Palabre answers at http://$address, its documentation is http://$address/api/v1/docs"
