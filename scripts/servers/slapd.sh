# OpenLDAP's slapd for servers.sh, for tests only: a small directory made anew at each first start, ldap (StartTLS) and
# ldaps with a certificate for 127.0.0.1 from a CA of its own: DIR/slapd/ca.crt. other.crt is a CA that signed nothing.
# shellcheck shell=bash disable=SC2153

SLAPD_BIN=${SLAPD_BIN:-/usr/sbin/slapd}

slapd_port() { echo "${LDAP_PORT:--}"; }
slapd_log() { echo "$DIR/log/slapd.log"; }
slapd_pids() { pids_in "$DIR/slapd" slapd; }
slapd_answers() { [ -n "${LDAP_PORT:-}" ] && port_answers "$LDAP_PORT" && port_answers "$LDAPS_PORT"; }

# slapd_ca NAME: NAME.key and NAME.crt.
slapd_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Palabre test $1" \
        -addext basicConstraints=critical,CA:true -keyout "$1.key" -out "$1.crt"
}
slapd_certificates() {
    slapd_ca ca
    slapd_ca other
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 -keyout server.key -out server.csr
    printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >server.ext
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.crt
}

# bind_anon_dn: this directory says "success" to a bind without a password, as some do. The client must not ask.
slapd_conf() {
    cat <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile $DIR/slapd/pid
TLSCACertificateFile $DIR/slapd/ca.crt
TLSCertificateFile $DIR/slapd/server.crt
TLSCertificateKeyFile $DIR/slapd/server.key
allow bind_anon_dn
database mdb
suffix dc=palabre,dc=test
directory $DIR/slapd/data
maxsize 16777216
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=cn=reader,dc=palabre,dc=test read by * none
END
}

slapd_place() {
    [ ! -e "$DIR/slapd/ready" ] || return 0
    rm -rf "$DIR/slapd"
    install -d -m 711 "$DIR/slapd"
    install -d -m 700 "$DIR/slapd/data"
    (
        cd "$DIR/slapd"
        umask 077
        slapd_certificates
        slapd_conf >slapd.conf
        "$SLAPD_BIN" -T add -q -f slapd.conf -l "$TOP/tests/directory.ldif"
        chmod 644 ca.crt other.crt
        touch ready
    ) >>"$(slapd_log)" 2>&1
}

slapd_start() {
    [ -x "$SLAPD_BIN" ] || { warn "servers: no $SLAPD_BIN: run make install"; return 1; }
    end_pids KILL 5 $(slapd_pids)
    slapd_place || return 1
    (cd "$DIR/slapd" && exec setsid "$SLAPD_BIN" -d 0 -f "$DIR/slapd/slapd.conf" \
        -h "ldap://127.0.0.1:$LDAP_PORT ldaps://127.0.0.1:$LDAPS_PORT") >>"$(slapd_log)" 2>&1 </dev/null 9>&- &
    local pid=$!
    wait_for 20 slapd_settled "$pid" && slapd_answers
}
slapd_settled() { slapd_answers || gone "$1"; }

slapd_stop() { end_pids TERM 10 $(slapd_pids); }
