# PostgreSQL 15 for servers.sh: TCP on loopback only, no Unix socket (its path would be limited to 107 bytes).
# shellcheck shell=bash disable=SC2153

pg_port() { echo "${PG_PORT:--}"; }
pg_log() { echo "$DIR/log/pg.log"; }
pg_data() { realpath -m "$DIR/pg"; }
pg_pids() { pids_in "$(pg_data)" postgres; }
pg_answers() { "$PG_BIN/pg_isready" -q -h 127.0.0.1 -p "${PG_PORT:-1}"; }

# PostgreSQL refuses root. In a user namespace root is somebody else and can still use every directory; where
# namespaces are forbidden (some containers) it runs as the user postgres.
pg_as() {
    if ! is_root; then
        "$@"
    elif [ "$(pg_way)" = namespace ]; then
        unshare --user --map-user=1000 --map-group=1000 -- "$@"
    else
        setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
    fi
}
pg_way() {
    if unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then echo namespace; else echo user; fi
}

pg_place() {
    local owner=
    is_root && [ "$(pg_way)" = user ] && owner=postgres
    place_dir "$DIR/pg" "${owner:-$(id -u)}" "${owner:-$(id -u)}" 700
}

pg_init() {
    [ ! -s "$(pg_data)/ready" ] || return 0
    rm -rf "${DIR:?}"/pg/*          # what an interrupted initdb left
    (cd "$(pg_data)" && pg_as "$PG_BIN/initdb" -D "$(pg_data)" -U palabre -A trust -E UTF8 --locale=C.UTF-8 --no-sync) \
        >"$DIR/log/initdb.log" 2>&1 </dev/null || { cp "$DIR/log/initdb.log" "$(pg_log)"; return 1; }
    [ "$SERVERS_FAST" = 1 ] || sync -f "$(pg_data)"
    echo yes >"$(pg_data)/ready"
}

pg_start() {
    [ -x "$PG_BIN/postgres" ] || { warn "servers: no $PG_BIN/postgres: run make install"; return 1; }
    local fast=()
    [ "$SERVERS_FAST" != 1 ] || fast=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=600)    # of many suites at once
    end_pids QUIT 5 $(pg_pids)      # orphans of a killed postmaster hold its shared memory
    pg_place || return 1
    pg_init || return 1
    rm -f "$(pg_data)/postmaster.pid"
    (cd "$(pg_data)" && pg_as setsid "$PG_BIN/postgres" -D "$(pg_data)" -p "$PG_PORT" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
        -c shared_buffers="${PG_SHARED_BUFFERS:-128MB}" -c max_wal_size=2GB "${fast[@]}") >>"$(pg_log)" 2>&1 </dev/null 9>&- &
    pg_wait $! && pg_create
}
# Answering, or dead before it did.
pg_wait() {
    wait_for 60 pg_settled "$1" && pg_answers
}
pg_settled() { pg_answers || gone "$1"; }

pg_create() {
    local url="postgresql://palabre@127.0.0.1:$PG_PORT/postgres"
    [ -n "$(psql -XAtq "$url" -c "SELECT 1 FROM pg_database WHERE datname = 'palabre'")" ] ||
        psql -Xq "$url" -c 'CREATE DATABASE palabre'
}

pg_stop() {
    local main
    main=$(head -n 1 "$(pg_data)/postmaster.pid" 2>/dev/null || true)
    if [ -n "$main" ] && pg_pids | grep -qx "$main"; then
        end_pids INT 30 "$main"     # fast shutdown: connections are ended, everything is written
    fi
    end_pids QUIT 5 $(pg_pids)
}
