#!/usr/bin/env bash
# Start, stop and show the daemons of one build. Their settings come from the environment (PG_URL, REDIS_URL,
# AMQP_URL, JWT_SECRET ...).
#
#   daemons.sh start RUN BUILD     every BUILD/palabre-*; NAME=n in the environment starts n of one (STT=2)
#   daemons.sh stop RUN
#   daemons.sh status RUN
#
# RUN gets log/NAME.log, pid/NAME, daemons (name, pid, health port, address), listeners (of products, beside the first) and home (the programs in use, assets,
# blobs). For root the daemons run as the user RUN_AS (a number is enough), which owns only its blobs and cache.
# PORT is the gateway's: none: 8000 or the next free one; 0: any free one.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

[ $# -ge 2 ] || die "usage: daemons.sh start|stop|status RUN [BUILD]"
action=$1 RUN=$(realpath -m "$2") BUILD=${3:-$TOP/build/release}
RUN_AS=${RUN_AS:-61713}
READY_S=${READY_S:-60} STOP_S=${STOP_S:-40}
install -d -m 700 "$RUN/log"
mkdir -p "$RUN/pid"
touch "$RUN/daemons"

daemon_pids() { pids_in "$(realpath -m "$RUN/home")" 'palabre-*'; }
is_ready() { [ "$(curl -s -o /dev/null -m 2 -w '%{http_code}' "http://127.0.0.1:$1/health/ready")" = 200 ]; }

# The programs are copied, so that a new build does not pull the running ones away.
make_home() {
    local home owner
    place_dir "$RUN/home" "$RUN_AS" "$(id -u)" 755 || die "cannot make $RUN/home"
    home=$(realpath "$RUN/home")
    rm -rf "${home:?}/bin" "${home:?}/share"
    mkdir -p "$home/bin" "$home/share" "$home/blobs" "$home/cache" "$home/audit"
    cp "$BUILD"/palabre-* "$home/bin/"
    [ ! -d "$BUILD/lib" ] || cp -R "$BUILD/lib" "$home/bin/"
    [ ! -d "$TOP/build/share" ] || cp -R "$TOP/build/share/." "$home/share/"
    chmod -R a+rX,go-w "$home/bin" "$home/share"
    owner=$RUN_AS
    is_root || owner=$(id -u)
    chmod 700 "$home/blobs" "$home/cache" "$home/audit"
    chown "$owner" "$home/blobs" "$home/cache" "$home/audit"
}

as_daemon() {
    if is_root; then
        exec setsid setpriv --reuid="$RUN_AS" --regid="$RUN_AS" --clear-groups --no-new-privs -- "$@"
    else
        exec setsid "$@"
    fi
}

# start_one NAME PROGRAM HEALTH_PORT [ADDRESS [MORE]]: an ADDRESS makes it a gateway (MORE: ",host:port" ...); only that one knows the secret of tokens.
start_one() {
    local name=$1 port=$3 address=${4:-} more=${5:-} home log=$RUN/log/$1.log
    home=$(realpath "$RUN/home")
    [ ! -e "$log" ] || mv "$log" "$log.1"
    (
        cd "$home"
        export HOME=$home/cache BLOB_URL=file://$home/blobs HEALTH_HOST=127.0.0.1 HEALTH_PORT=$port
        if [ -n "$address" ]; then
            export GATEWAY_LISTEN=$address$more SHARE_DIR=$home/share
        else
            unset JWT_SECRET
        fi
        case $2 in
        palabre-scheduler) export AUDIT_WITNESS=${AUDIT_WITNESS-$home/audit/witness} ;;
        palabre-gateway)   unset AUDIT_SIGN_KEY AUDIT_SIGN_KEY_FILE ;;
        *)                 unset AUDIT_SIGN_KEY AUDIT_SIGN_KEY_FILE AUDIT_SECRET AUDIT_OLD_SECRETS ;;
        esac
        as_daemon "$home/bin/$2"
    ) >"$log" 2>&1 </dev/null &
    echo $! >"$RUN/pid/$name"
    echo "$name $! $port ${address:--}" >>"$RUN/daemons"
}

# How many of a program are wanted: STT=2 for palabre-stt.
count_of() {
    local variable=${1#palabre-} n
    variable=${variable^^}
    n=${!variable:-1}
    [[ $n =~ ^[0-9]$ ]] || die "$variable=$n: a number from 0 to 9 is needed"
    echo "$n"
}

gateway_port() {
    local first=$1 port
    [ "${PORT:-}" != 0 ] || { free_port "$first"; return; }
    if [ -n "${PORT:-}" ] && port_is_taken "$PORT"; then die "PORT=$PORT is taken by another program"; fi
    port=$(free_port "${PORT:-8000}")
    [ "$port" = "${PORT:-8000}" ] || warn "port 8000 is taken by another program: the gateway listens on $port"
    echo "$port"
}

# Further listeners of a gateway: the ports of DIALECTS that are free, ",host:port" each. PORT=0: none.
product_listeners() {
    local pair
    [ "${PORT:-}" != 0 ] || return 0
    for pair in $(tr ',' ' ' <<<"${DIALECTS-8061=foyergpt,8004=saas-ia,5000=hellojade}"); do
        [[ $pair =~ ^[0-9]+= && ${pair%=*} != "$1" ]] || continue
        if port_is_taken "${pair%=*}"; then
            warn "port ${pair%=*} is taken by another program: nobody listens for ${pair#*=}"
        else
            printf ',127.0.0.1:%s' "${pair%=*}"
        fi
    done
}

start_all() {
    local base health listen products address program name n i
    # shellcheck disable=SC2086
    base=$(free_block 64 ${PORT_RANGE:+${PORT_RANGE/-/ }})
    health=$base
    listen=$(gateway_port $((base + 48)))
    products=$(product_listeners "$listen")
    tr ',' '\n' <<<"${products#,}" >"$RUN/listeners"
    : >"$RUN/daemons"
    rm -f "$RUN"/pid/*
    for program in "$RUN"/home/bin/palabre-*; do
        name=$(basename "$program")
        n=$(count_of "$name")
        for ((i = 1; i <= n; i++, health++)); do
            address=
            if [ "$name" = palabre-gateway ]; then
                address=127.0.0.1:$listen
                listen=$(free_port $((listen + 1)))
            fi
            start_one "$name$([ $i = 1 ] || echo "-$i")" "$name" "$health" "$address" "${address:+$products}"
            [ -z "$address" ] || products=
        done
    done
}

wait_ready() {
    local name pid port rest
    while read -r name pid port rest; do
        wait_for "$READY_S" settled "$pid" "$port" && is_ready "$port" && continue
        warn "$name is not ready; the end of $RUN/log/$name.log:"
        tail -n 5 "$RUN/log/$name.log" >&2
        return 1
    done <"$RUN/daemons"
}
settled() { is_ready "$2" || gone "$1"; }

stop_all() {
    end_pids TERM "$STOP_S" $(daemon_pids)
    rm -f "$RUN"/pid/*
    : >"$RUN/daemons"
}

status() {
    local name pid port address ready rss bad=0
    printf '%-20s %8s %6s %-6s %8s  %s\n' NAME PID PORT READY RSS ADDRESS
    while read -r name pid port address; do
        ready=no rss=-
        if [ "$(readlink "/proc/$pid/cwd")" != "$(realpath "$RUN/home")" ]; then
            ready=gone bad=1
        else
            rss=$(awk '/^VmRSS/ { printf "%.1f MB", $2 / 1024 }' "/proc/$pid/status")
            if is_ready "$port"; then ready=yes; else bad=1; fi
        fi
        printf '%-20s %8s %6s %-6s %8s  %s\n' "$name" "$pid" "$port" "$ready" "$rss" "${address/#-/}"
    done <"$RUN/daemons"
    return $bad
}

case $action in
start)
    compgen -G "$BUILD/palabre-*" >/dev/null || die "no $BUILD/palabre-*: run make"
    stop_all
    make_home
    start_all
    wait_ready
    ;;
stop) stop_all ;;
status) status ;;
*) die "no such action: $action" ;;
esac
