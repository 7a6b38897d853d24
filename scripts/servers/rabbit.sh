# RabbitMQ for servers.sh: no plugins (a stop takes 1 s instead of 6), its own epmd, everything on loopback.
# RABBIT_PLUGINS=rabbitmq_management at a start enables some.
# shellcheck shell=bash disable=SC2153

RABBIT_BIN=/usr/lib/rabbitmq/bin    # not the wrappers in /usr/sbin: they change to the user rabbitmq

rabbit_port() { echo "${AMQP_PORT:--}"; }
rabbit_log() { echo "$DIR/log/rabbit.log"; }
rabbit_pids() { pids_in "$DIR/rabbit" beam.smp epmd; }
rabbit_answers() { [ -n "${AMQP_PORT:-}" ] && port_answers "$AMQP_PORT"; }

rabbit_env() {
    export HOME=$DIR/rabbit                             # where Erlang looks for its cookie
    export RABBITMQ_CONF_ENV_FILE=/dev/null             # the system's settings are not ours
    export RABBITMQ_NODENAME=palabre@localhost          # no DNS; unique because epmd is our own
    export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$AMQP_PORT
    export RABBITMQ_DIST_PORT=$((AMQP_PORT + 1)) ERL_EPMD_PORT=$((AMQP_PORT + 2)) ERL_EPMD_ADDRESS=127.0.0.1
    export RABBITMQ_MNESIA_BASE=$HOME/mnesia RABBITMQ_LOG_BASE=$HOME/log RABBITMQ_PID_FILE=$HOME/pid
    export RABBITMQ_CONFIG_FILE=$HOME/rabbitmq.conf RABBITMQ_ADVANCED_CONFIG_FILE=$HOME/advanced.config
    export RABBITMQ_ENABLED_PLUGINS_FILE=$HOME/enabled_plugins RABBITMQ_GENERATED_CONFIG_DIR=$HOME/generated
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
    export RABBITMQ_CTL_DIST_PORT_MIN=$((AMQP_PORT + 8)) RABBITMQ_CTL_DIST_PORT_MAX=$((AMQP_PORT + 18))
    export RABBITMQ_ALLOW_INPUT=1                       # no shell in between: the started process is the server
}

rabbit_place() {
    install -d -m 700 "$DIR/rabbit" "$DIR/rabbit/mnesia" "$DIR/rabbit/log"
    echo "[${RABBIT_PLUGINS:-}]." >"$DIR/rabbit/enabled_plugins"
    printf '%s\n' 'disk_free_limit.absolute = 200MB' 'vm_memory_high_watermark.absolute = 1GB' \
        'log.console = true' 'log.console.level = warning' 'log.file = false' >"$DIR/rabbit/rabbitmq.conf"
    [ -s "$DIR/rabbit/.erlang.cookie" ] || (
        umask 377
        head -c 24 /dev/urandom | base64 | tr -d '/+=\n' >"$DIR/rabbit/.erlang.cookie"
    )
}

rabbit_start() {
    [ -x "$RABBIT_BIN/rabbitmq-server" ] || { warn "servers: no rabbitmq-server: run make install"; return 1; }
    end_pids KILL 5 $(rabbit_pids)
    rabbit_place
    rabbit_env
    cd "$DIR/rabbit" || return 1
    setsid epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >>"$(rabbit_log)" 2>&1 </dev/null 9>&- &
    wait_for 5 port_answers "$ERL_EPMD_PORT" || true
    setsid "$RABBIT_BIN/rabbitmq-server" -noinput >>"$(rabbit_log)" 2>&1 </dev/null 9>&- &
    local pid=$!
    wait_for 120 rabbit_settled "$pid" && rabbit_answers
}
rabbit_settled() { rabbit_answers || gone "$1"; }

# The server first, epmd when nobody is registered any more.
rabbit_stop() {
    end_pids TERM 30 $(pids_in "$DIR/rabbit" beam.smp)
    end_pids TERM 5 $(rabbit_pids)
}

rabbit_ctl() { (rabbit_env; cd "$DIR/rabbit" && exec "$RABBIT_BIN/rabbitmqctl" "$@"); }
