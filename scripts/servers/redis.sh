# Redis for servers.sh. Its append-only file is synced every second; without FAST it survives a restart.
# shellcheck shell=bash disable=SC2153

redis_port() { echo "${REDIS_PORT:--}"; }
redis_log() { echo "$DIR/log/redis.log"; }
redis_pids() { pids_in "$DIR/redis" redis-server; }
redis_answers() { redis-cli -h 127.0.0.1 -p "${REDIS_PORT:-1}" ping 2>/dev/null | grep -qx PONG; }

redis_start() {
    command -v redis-server >/dev/null || { warn "servers: no redis-server: run make install"; return 1; }
    local keep=(--appendonly yes --appendfsync everysec)
    [ "$SERVERS_FAST" != 1 ] || keep=(--appendonly no)
    end_pids KILL 5 $(redis_pids)
    install -d -m 700 "$DIR/redis"
    (cd "$DIR/redis" && exec setsid redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --dir "$DIR/redis" \
        --databases 64 --save '' "${keep[@]}") >>"$(redis_log)" 2>&1 </dev/null 9>&- &
    local pid=$!
    wait_for 30 redis_settled "$pid" && redis_answers
}
redis_settled() { redis_answers || gone "$1"; }

redis_stop() { end_pids TERM 10 $(redis_pids); }
