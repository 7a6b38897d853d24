#!/usr/bin/env bash
# Stop what up.sh started: first the proxy, if any, then the daemons, which finish or hand back their work, then the servers. Data stays,
# unless it is called as down.sh wipe: then .run/ goes, with its database and files.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
[ -d "$TOP/.run" ] || exit 0
[ ! -d "$TOP/.run/servers" ] || "$TOP/scripts/servers.sh" stop "$TOP/.run/servers" haproxy
"$TOP/scripts/daemons.sh" stop "$TOP/.run"
if [ "${1:-}" != wipe ]; then
    "$TOP/scripts/servers.sh" stop "$TOP/.run/servers"
else
    remove_placed "$TOP/.run/home"
    "$TOP/scripts/servers.sh" remove "$TOP/.run/servers"
    rm -rf "$TOP/.run"
fi
