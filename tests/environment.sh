# What the suites of tests/run.sh meet: private servers, databases, the simulator of the providers, daemons.
# Everything lives in $WORK and $SERVERS.
# shellcheck shell=bash disable=SC2034

# A signal to us ends it at once, which it would otherwise outlive.
apart() {
    local status=0
    "$@" &
    running=$!
    wait $running || status=$?
    running=''
    return $status
}

# In the background while the build runs; servers_ready waits for them.
start_servers() {
    FAST=1 scripts/servers.sh start "$SERVERS" pg redis rabbit slapd >"$WORK/servers.log" 2>&1 &
    starting=$!
}

# servers_ready SUITE...: the template database, and a virtual host for each suite, in one call (0.8 s each otherwise).
servers_ready() {
    wait "$starting" || { cat "$WORK/servers.log"; die "the servers did not start"; }
    . "$SERVERS/env"
    ADMIN_URL=$PG_URL
    scripts/testdb.sh template "$ADMIN_URL" >"$WORK/template.log" 2>&1 || { cat "$WORK/template.log"; die "the migrations failed"; }
    # What those that break things begin with: loaded in a moment, where the migrations take seconds.
    pg_dump --file="$WORK/schema.sql" "${ADMIN_URL%/*}/palabre_template"
    export SCHEMA_SQL=$WORK/schema.sql
    local names
    mkdir "$WORK/spares"
    # shellcheck disable=SC2046
    names=$(printf ',<<"%s">>' "$@" $(spares))
    scripts/servers.sh ctl "$SERVERS" -q eval "[begin rabbit_vhost:add(V, <<\"test\">>), rabbit_auth_backend_internal:set_permissions(
        <<\"guest\">>, V, <<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"test\">>) end || V <- [${names:1}]]." >"$WORK/vhosts.log" 2>&1 ||
        { cat "$WORK/vhosts.log"; die "no virtual hosts"; }
}

# What houses of a suite's own borrow of these servers when they break none of them: of each a database, a Redis database
# and a virtual host (tests/api/house.py).
SPARES=8
SPARES_REDIS=40                         # spare.N has Redis' database SPARES_REDIS + N
spares() { seq -f 'spare.%.0f' "$SPARES"; }

# What a suite reaches: its own database, Redis database and virtual host. $1 its name, $2 its place in the order.
give_servers() {
    PG_URL=$(scripts/testdb.sh new "$ADMIN_URL" "test_$1")
    REDIS_URL=redis://127.0.0.1:$REDIS_PORT/$2
    AMQP_URL=amqp://guest:guest@127.0.0.1:$AMQP_PORT/$1
    AUDIT_SECRET=$(head -c 48 /dev/urandom | base64 -w 0)
    export PG_URL REDIS_URL AMQP_URL AUDIT_SECRET LDAP_PORT LDAPS_PORT LDAP_HOME=$SERVERS/slapd
    export ADMIN_URL REDIS_PORT AMQP_PORT SPARES SPARES_REDIS SPARES_DIR=$WORK/spares
}

# start_simulator NAME
start_simulator() {
    [ -e tests/simulator/__main__.py ] || return 0
    local port
    # shellcheck disable=SC2086
    port=$(free_block 1 ${PORT_RANGE:+${PORT_RANGE/-/ }})
    (cd "$WORK" && exec $PYTHON "$TOP/tests/simulator" --port "$port" --quiet) >"$WORK/simulator-$1.log" 2>&1 </dev/null &
    export SIMULATOR_URL=http://127.0.0.1:$port
    wait_for 20 port_answers "$port" || { tail -n 5 "$WORK/simulator-$1.log"; die "the simulator did not start"; }
}

# A directory of people for one suite: its tests stop it. $1 the suite.
give_directory() {
    FAST=1 apart scripts/servers.sh start "$WORK/directory.$1" slapd >"$WORK/directory-$1.log" 2>&1 || { cat "$WORK/directory-$1.log"; return 1; }
    LDAP_HOME=$WORK/directory.$1/slapd
    LDAP_PORT=$(sed -n 's/^LDAP_PORT=//p' "$WORK/directory.$1/env") LDAPS_PORT=$(sed -n 's/^LDAPS_PORT=//p' "$WORK/directory.$1/env")
    export LDAP_HOME LDAP_PORT LDAPS_PORT
}

# start_daemons SUITE: the suites over HTTP talk to real daemons; tests/api/daemons.env has their settings, SIMULATOR_URL in it is replaced.
start_daemons() {
    give_directory "$1" || return 1
    if [ -r tests/api/daemons.env ]; then
        sed "s|SIMULATOR_URL|${SIMULATOR_URL:-}|g; s|DIRECTORY_URL|ldap://127.0.0.1:$LDAP_PORT|; s|DIRECTORY_HOME|$LDAP_HOME|" tests/api/daemons.env >"$WORK/daemons-$1.env"
        read_env "$WORK/daemons-$1.env"
    fi
    JWT_SECRET=$(head -c 48 /dev/urandom | base64 -w 0)
    PERSON_KEYS=test:$(head -c 32 /dev/urandom | base64)
    AUDIT_PUBLIC_KEYS=$("$B/palabrectl" audit keygen "$WORK/sign-$1.pem")
    AUDIT_SIGN_KEY=$(cat "$WORK/sign-$1.pem")
    export JWT_SECRET PERSON_KEYS AUDIT_SIGN_KEY AUDIT_PUBLIC_KEYS
    PORT=0 apart scripts/daemons.sh start "$WORK/$1" "$B" || return 1
    API_URL=http://$(awk '$1 == "palabre-gateway" { print $4 }' "$WORK/$1/daemons")
    export API_URL DAEMONS_DIR=$WORK/$1
}
