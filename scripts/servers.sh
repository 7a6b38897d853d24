#!/usr/bin/env bash
# Private PostgreSQL, Redis, RabbitMQ and HAProxy in a directory of their own, on loopback; nothing of the system is touched.
#
#   servers.sh start|stop|kill|status DIR [pg|redis|rabbit|haproxy|slapd]...    none named: the first three, and haproxy once it
#                                                                               was started; stop, kill: also slapd
#   servers.sh reload DIR haproxy                                 read certificates and gateways again, dropping nothing
#   servers.sh ctl DIR ARGUMENT...                                rabbitmqctl of that broker
#   servers.sh remove DIR                                         stop and delete everything
#
# DIR/env then holds PG_URL, REDIS_URL, AMQP_URL and the ports. slapd, a directory of people, is for tests. Starting again
# keeps data and ports; when nothing runs and somebody else has taken a port, new ones are chosen. FAST=1 at the first start gives up durability for
# speed (tests). PORT_RANGE=from-to bounds the choice of ports; KEEP_PORTS=1 waits for the old ones instead of choosing.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
for file in pg redis rabbit haproxy slapd; do
    # shellcheck source=/dev/null
    . "$TOP/scripts/servers/$file.sh"
done

PORTS=24        # +0 PostgreSQL, +1 Redis, +2 AMQP, +3 Erlang distribution, +4 epmd, +5 HAProxy, +6 its own, +7 LDAP, +8 LDAPS, +10..+20 rabbitmqctl

usage() { sed -n '4,8s/^# *//p' "$0" >&2; exit 2; }

# Choose ports once; again only when nothing of ours is alive and one of them is taken.
choose_ports() {
    if [ -s "$DIR/env" ]; then
        [ "${KEEP_PORTS:-}" != 1 ] || return 0
        [ -z "$(pg_pids)$(redis_pids)$(rabbit_pids)$(slapd_pids)" ] && block_is_taken || return 0
        say "servers: a port is taken by another program, choosing new ones"
    fi
    local base
    # shellcheck disable=SC2086
    base=$(free_block $PORTS ${PORT_RANGE:+${PORT_RANGE/-/ }})
    {
        echo "SERVERS_BASE=$base"
        echo "SERVERS_FAST=${SERVERS_FAST:-${FAST:-0}}"
        echo "PG_PORT=$base"
        echo "REDIS_PORT=$((base + 1))"
        echo "AMQP_PORT=$((base + 2))"
        echo "LDAP_PORT=$((base + 7))"
        echo "LDAPS_PORT=$((base + 8))"
        echo "PG_URL=postgresql://palabre@127.0.0.1:$base/palabre"
        echo "REDIS_URL=redis://127.0.0.1:$((base + 1))/0"
        echo "AMQP_URL=amqp://guest:guest@127.0.0.1:$((base + 2))/%2F"
    } >"$DIR/env.new"
    mv "$DIR/env.new" "$DIR/env"
}
block_is_taken() {
    ports_taken | awk -v a="$SERVERS_BASE" '$1 >= a && $1 <= a + 8 { bad = 1 } END { exit !bad }'
}
# shellcheck disable=SC1091
read_ports() { [ ! -s "$DIR/env" ] || . "$DIR/env"; }

# Two starts of one server at once would fight over its data.
start_one() {
    exec 9>"$DIR/lock.$1"
    flock 9
    [ -z "$("$1_pids")" ] || ! "$1_answers" || return 0
    "$1_start" || { warn "servers: $1 did not start; the end of its log, $("$1_log"):"; tail -n 5 "$("$1_log")" >&2; return 1; }
}
kill_one() { end_pids KILL 5 $("$1_pids"); }

# One child for each, so that three take as long as the slowest.
in_parallel() {
    local what=$1 server children=() bad=0
    for server in "${SERVERS[@]}"; do
        "$what" "$server" &
        children+=($!)
    done
    for child in "${children[@]}"; do
        wait "$child" || bad=1
    done
    return $bad
}
stop_one() { "$1_stop"; }

status() {
    local server bad=0 word
    for server in "${SERVERS[@]}"; do
        word=stopped
        if [ -n "$("$server"_pids)" ]; then word=starting; fi
        if "$server"_answers; then word=running; else bad=1; fi
        printf '%-8s %-9s port %s\n' "$server" "$word" "$("$server"_port)"
    done
    return $bad
}

[ $# -ge 2 ] || usage
action=$1 DIR=$(realpath -m "$2")
shift 2
SERVERS=(pg redis rabbit)
[ "$action" = start ] || [ ! -e "$DIR/haproxy/haproxy.cfg" ] || SERVERS+=(haproxy)
[[ $action = @(start|status) ]] || SERVERS+=(slapd)
[ $# = 0 ] || [ "$action" = ctl ] || SERVERS=("$@")
for server in "${SERVERS[@]}"; do
    [[ $server =~ ^(pg|redis|rabbit|haproxy|slapd)$ ]] || usage
done
read_ports

case $action in
start)
    mkdir -p "$DIR/log"
    exec 9>"$DIR/lock"
    flock 9
    choose_ports
    read_ports
    exec 9>&-
    in_parallel start_one
    ;;
stop)   in_parallel stop_one ;;
kill)   in_parallel kill_one ;;
reload) haproxy_reload ;;
status) status ;;
ctl)    rabbit_ctl "$@" ;;
remove)
    in_parallel stop_one
    remove_placed "$DIR/pg"
    rm -rf "$DIR"
    ;;
*) usage ;;
esac
