#!/usr/bin/env bash
# What runs here: the servers and the daemons started by up.sh. Fails when something is not as it should be.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
[ -d "$TOP/.run/servers" ] || die "nothing was ever started here: make up"
bad=0
"$TOP/scripts/servers.sh" status "$TOP/.run/servers" || bad=1
"$TOP/scripts/daemons.sh" status "$TOP/.run" || bad=1
exit $bad
