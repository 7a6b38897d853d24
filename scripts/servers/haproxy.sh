# HAProxy for servers.sh: TLS before the gateways that GATEWAYS="address:port ..." names. Its configuration is
# proxy/haproxy.cfg, whose EDGE_* values may be given; what is given at a start holds until the next one. Without
# EDGE_CERTIFICATES it makes a certificate of its own, which nobody but this machine will trust.
# shellcheck shell=bash disable=SC2153

haproxy_log() { echo "$DIR/log/haproxy.log"; }
haproxy_pids() { pids_in "$DIR/haproxy" haproxy; pids_in "$DIR/haproxy/root" haproxy; }
haproxy_port() { sed -n 's/^EDGE_LISTEN=.*://p' "$DIR/haproxy/env" 2>/dev/null || echo -; }
haproxy_answers() { port_answers "$(haproxy_port)"; }
# The one that forks, and reloads when it is told to.
haproxy_master() { haproxy_pids | grep -x "$(cat "$DIR/haproxy/pid" 2>/dev/null)"; }

haproxy_settings() {
    printf 'EDGE_LISTEN=%s\n' "${EDGE_LISTEN:-127.0.0.1:$((SERVERS_BASE + 5))}"
    printf 'EDGE_PRIVATE=%s\n' "${EDGE_PRIVATE:-127.0.0.1:$((SERVERS_BASE + 6))}"
    printf 'EDGE_CERTIFICATES=%s\n' "${EDGE_CERTIFICATES:-$DIR/tls/palabre.pem}"
    printf 'EDGE_TLS_MIN=%s\n' "${EDGE_TLS_MIN:-TLSv1.2}"
    printf 'EDGE_CONNECTIONS=%s\n' "${EDGE_CONNECTIONS:-4000}"
    printf 'EDGE_REQUEST=%s\n' "${EDGE_REQUEST:-15s}"
    ! is_root || printf 'EDGE_UID=%s\nEDGE_ROOT=%s\n' "${RUN_AS:-61713}" "$DIR/haproxy/root"
}

# Key and certificate in one file, as HAProxy reads them; made again before it ends.
haproxy_certificate() {
    local pem=$DIR/tls/palabre.pem new
    ! openssl x509 -in "$pem" -noout -checkend 1209600 >/dev/null 2>&1 || return 0
    install -d -m 700 "$DIR/tls"
    new=$(umask 077; mktemp "$DIR/tls/new.XXXXXX")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=${EDGE_NAME:-localhost}" \
        -addext "subjectAltName=DNS:${EDGE_NAME:-localhost},IP:127.0.0.1" -addext "extendedKeyUsage=serverAuth" \
        -keyout "$new" -out "$new.crt" 2>"$new.log" || { cat "$new.log" >&2; return 1; }
    cat "$new.crt" >>"$new"
    rm -f "$new.crt" "$new.log"
    mv "$new" "$pem"
}

haproxy_configure() {
    local address n=0
    {
        cat "$TOP/proxy/haproxy.cfg"
        for address in $GATEWAYS; do
            n=$((n + 1))
            echo "    server gateway-$n $address"
        done
    } >"$DIR/haproxy/haproxy.cfg.new"
    mv "$DIR/haproxy/haproxy.cfg.new" "$DIR/haproxy/haproxy.cfg"
}

# haproxy_run ARGUMENT...: becomes it, with its settings, in its directory.
haproxy_run() {
    cd "$DIR/haproxy" || exit 1
    set -a
    # shellcheck disable=SC1091
    . ./env
    exec "$@"
}
haproxy_check() {
    (haproxy_run haproxy -c -q -f haproxy.cfg) >"$DIR/log/haproxy.check" 2>&1 || { cat "$DIR/log/haproxy.check" >&2; return 1; }
}

haproxy_start() {
    command -v haproxy >/dev/null || { warn "servers: no haproxy: run make install"; return 1; }
    [ -n "${GATEWAYS:-}" ] || { warn "servers: GATEWAYS names no gateway for haproxy to stand before"; return 1; }
    end_pids KILL 5 $(haproxy_pids)
    install -d -m 711 "$DIR/haproxy"
    install -d -m 555 "$DIR/haproxy/root"
    haproxy_settings >"$DIR/haproxy/env"
    [ -n "${EDGE_CERTIFICATES:-}" ] || haproxy_certificate || return 1
    haproxy_configure
    haproxy_check || return 1
    haproxy_run setsid haproxy -W -f haproxy.cfg >>"$(haproxy_log)" 2>&1 </dev/null 9>&- &
    local pid=$!
    echo "$pid" >"$DIR/haproxy/pid"
    wait_for 20 haproxy_settled "$pid" && haproxy_answers
}
haproxy_settled() { haproxy_answers || gone "$1"; }

# Certificates and gateways are read again (GATEWAYS: others than before); workers of before serve what they have begun.
haproxy_reload() {
    local master old
    master=$(haproxy_master) || { warn "servers: no haproxy runs"; return 1; }
    [ -n "${EDGE_CERTIFICATES:-}" ] || [ ! -e "$DIR/tls/palabre.pem" ] || haproxy_certificate || return 1
    [ -z "${GATEWAYS:-}" ] || haproxy_configure
    haproxy_check || return 1
    old=$(haproxy_pids | tr '\n' ' ')
    kill -USR2 "$master"
    wait_for 20 haproxy_has_new "$old" || { warn "servers: haproxy did not reload, see $(haproxy_log)"; return 1; }
}
haproxy_has_new() {
    local pid
    for pid in $(haproxy_pids); do
        [[ " $1 " = *" $pid "* ]] || return 0
    done
    return 1
}

# In order: whoever is being served is served to the end, for a while.
haproxy_stop() {
    local master
    ! master=$(haproxy_master) || end_pids USR1 "${PROXY_STOP_S:-5}" "$master"
    end_pids TERM 5 $(haproxy_pids)
    rm -f "$DIR/haproxy/haproxy.cfg"        # what is not there is not asked for its status
}
