#!/usr/bin/env bash
# Print .env.example: every setting that the daemons of a build know, as they tell it themselves, each once and commented
# out at its default. env-example.sh [BUILD]
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
BUILD=${1:-$TOP/build/release}
compgen -G "$BUILD/palabre-*" >/dev/null || die "no $BUILD/palabre-*: run make"

cat <<'TEXT'
# Settings of Palabre. Copy to .env and uncomment what you change; what is absent has the default shown.
# `make up` sets the addresses of its own servers (PG_URL, REDIS_URL, AMQP_URL, BLOB_URL, HEALTH_*, GATEWAY_LISTEN)
# and makes JWT_SECRET, AUDIT_SECRET, PERSON_KEYS and the keys of checkpoints. NAME_FILE names a file that holds the value of NAME.
TEXT
for program in "$BUILD"/palabre-*; do
    printf '=%s\n' "$(basename "$program")"
    "$program" --example-env
done | awk '
    /^=/             { daemon = substr($0, 2); notes = ""; next }
    /^#?[A-Z0-9_]+=/ {
        line = $0
        sub(/^#/, "", line)
        key = line
        sub(/=.*/, "", key)
        if (!(key in text)) {
            order[++n] = key
            text[key] = notes "#" line
            of[key] = daemon
        } else
            of[key] = "several daemons"
        notes = ""
        next
    }
    /^#/             { notes = notes $0 "\n" }
    END {
        tell("several daemons")
        for (i = 1; i <= n; i++)
            tell(of[order[i]])
    }
    function tell(whose,    i) {
        if (whose in told)
            return
        told[whose] = 1
        printf "\n# --- %s ---\n", whose
        for (i = 1; i <= n; i++)
            if (of[order[i]] == whose)
                print text[order[i]]
    }'
