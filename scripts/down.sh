#!/usr/bin/env bash
# Stop what up.sh started: first the daemons, which finish or hand back their work, then the servers. Data stays.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
[ -d "$TOP/.run" ] || exit 0
"$TOP/scripts/daemons.sh" stop "$TOP/.run"
"$TOP/scripts/servers.sh" stop "$TOP/.run/servers"
