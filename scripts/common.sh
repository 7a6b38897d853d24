# What the scripts share: saying things, finding free ports, finding and ending our own processes.
# A process is known by its working directory and its name, never by a pid file alone: pid files outlive
# a SIGKILL and numbers are given again.
# shellcheck shell=bash

# shellcheck disable=SC2034
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# PostgreSQL's own programs, before Debian's wrappers in Perl, which take longer than what they wrap.
PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}
[[ :$PATH: = *:$PG_BIN:* ]] || PATH=$PG_BIN:$PATH

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { warn "$(basename "$0"): $*"; exit 1; }

is_root() { [ "$(id -u)" = 0 ]; }

# place_dir DIR USER OWNER MODE: make DIR, for root in a place where USER can get at it: when the way to DIR is
# closed to USER, DIR becomes a link to a directory under /var/tmp. remove_placed DIR deletes both.
place_dir() {
    local dir=$1 user=$2 owner=$3 mode=$4 elsewhere
    [ ! -d "$dir" ] || return 0
    rm -f "$dir"                    # a link whose directory has been cleaned away
    mkdir -m "$mode" "$dir"
    is_root || return 0
    chown "$owner" "$dir"
    ! setpriv --reuid="$user" --clear-groups test -x "$dir" || return 0
    elsewhere=$(mktemp -d /var/tmp/palabre.XXXXXXXX)
    chmod "$mode" "$elsewhere"
    chown "$owner" "$elsewhere"
    rmdir "$dir"
    ln -s "$elsewhere" "$dir"
}
remove_placed() {
    local real
    real=$(realpath -m "$1")
    rm -rf "$1"
    [[ $real != /var/tmp/palabre.* ]] || rm -rf "$real"
}

# Ports somebody listens on, one a line.
ports_taken() { ss -ltnH | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -un; }

# free_block N [FROM TO]: the first of N neighbouring free ports, from a random place of the range.
# Below 32768, where the kernel hands out none by itself.
free_block() {
    local n=$1 from=${2:-12000} to=${3:-31900} taken first tries
    taken=$(ports_taken)
    for ((tries = 0; tries < 200; tries++)); do
        first=$((from + (RANDOM * 32768 + RANDOM) % ((to - from) / n) * n))
        if ! awk -v a="$first" -v b=$((first + n)) '$1 >= a && $1 < b { bad = 1 } END { exit !bad }' <<<"$taken"; then
            echo "$first"
            return
        fi
    done
    die "no $n free neighbouring ports between $from and $to"
}

# free_port FROM: the first free port at or after FROM.
free_port() {
    awk -v p="$1" '{ taken[$1] = 1 } END { while (p in taken) p++; print p }' <<<"$(ports_taken)"
}
port_is_taken() { ports_taken | grep -qx "$1"; }
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# pids_in DIR NAME...: processes whose working directory is DIR and whose name matches a pattern NAME. A zombie
# has no working directory any more, so it counts as gone. The kernel keeps 15 characters of a name.
pids_in() {
    local dir=$1 path name want
    shift
    for path in /proc/[0-9]*; do
        { read -r name <"$path/comm"; } 2>/dev/null || continue
        for want in "$@"; do
            # shellcheck disable=SC2053
            if [[ $name == $want && $path/cwd -ef $dir ]]; then echo "${path#/proc/}"; fi
        done
    done
}

# gone PID: ended, reaped or not.
gone() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    stat=${stat##*) }
    [ "${stat:0:1}" = Z ]
}

# wait_for SECONDS COMMAND...: until it succeeds; false when the time is over.
wait_for() {
    local until=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        [ "${EPOCHREALTIME/./}" -lt "$until" ] || return 1
        sleep 0.1
    done
}

# end_pids SIGNAL SECONDS PID...: signal them, wait, SIGKILL what is left.
end_pids() {
    local signal=$1 seconds=$2 pid left=
    shift 2
    [ $# -gt 0 ] || return 0
    kill -"$signal" "$@" 2>/dev/null || true
    for pid in "$@"; do
        wait_for "$seconds" gone "$pid" || left+=" $pid"
    done
    # shellcheck disable=SC2086
    [ -z "$left" ] || { kill -KILL $left 2>/dev/null || true; for pid in $left; do wait_for 5 gone "$pid" || true; done; }
}

# read_env FILE: export its KEY=VALUE lines literally (no expansion, quotes around a value dropped); what the
# environment already has wins, unless it is empty.
read_env() {
    local line key value
    while IFS= read -r line || [ -n "$line" ]; do
        [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
        key=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]%$'\r'}
        [[ $value =~ ^\"(.*)\"[[:space:]]*$ || $value =~ ^\'(.*)\'[[:space:]]*$ ]] && value=${BASH_REMATCH[1]}
        [ -n "${!key:-}" ] || export "$key=$value"
    done <"$1"
}
