#!/usr/bin/env bash
# Make stand-ins for libraries that our programs name and seldom need: libcurl before the first request to a provider, and
# what libpq would use for Kerberos and for LDAP, the gateway too before somebody logs in by a directory. A stand-in has the library's name and the symbols that are asked of it; the
# first call of one loads the real library, so nothing is lost but the memory of what is not used (4 MB a daemon).
# Programs look for them in lib/ beside themselves; without that directory they load the real ones.
#
#   stand-ins.sh DIRECTORY          needs cc, nm, objdump; makes nothing for a library that it cannot stand in for
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
OUT=$1
CC=${CC:-cc}
mkdir -p "$OUT"
rm -f "$OUT"/*

place_of() { realpath "$($CC -print-file-name="$1")"; }
needed_of() { objdump -p "$1" | awk '$1 == "NEEDED" { print $2 }'; }
# wanted KIND LIBRARY USER...: what of a library's symbols its users want; KIND is a pattern of nm's letters.
wanted() {
    local kind=$1 library=$2 user
    shift 2
    for user in "$@"; do nm -D "$user" | awk '$1 == "U" { sub(/@.*/, "", $2); print $2 }'; done | sort -u >"$OUT/asked"
    nm -D --defined-only "$library" | awk -v kind="$kind" '$2 ~ kind { sub(/@.*/, "", $3); print $3 }' | sort -u |
        comm -12 - "$OUT/asked"
    rm -f "$OUT/asked"
}
version_of() { nm -D --defined-only "$1" | awk -v name="$2" '$3 ~ "^" name "@" && !found++ { sub(/.*@/, "", $3); print $3 }'; }

# stand_in NAME USER...
stand_in() {
    local name=$1 real names data version
    shift
    real=$(place_of "$name")
    [ -e "$real" ] || return 0
    names=$(wanted '^[TWi]$' "$real" "$@")
    data=$(wanted '^[BDRVG]$' "$real" "$@")
    [ -n "$names" ] || return 0
    [ -z "${data/GSS_C_NT_HOSTBASED_SERVICE/}" ] || { warn "no stand-in for $name: it shares data"; return 0; }
    version=$(version_of "$real" "${names%%$'\n'*}")
    printf '%s { global: *; };\n' "${version:-STAND_IN}" >"$OUT/map"
    {
        printf '#define REAL "%s"\n#include "scripts/stand-in.h"\n' "$real"
        for word in $names; do printf 'STAND_IN(%s)\n' "$word"; done
        [ -z "$data" ] || echo HOST_BASED_SERVICE
    } >"$OUT/code.c"
    # shellcheck disable=SC2086
    $CC -std=gnu17 -O2 -fPIC -shared -I"$TOP" -Wl,-z,relro,-z,now,-soname,"$name" ${version:+-Wl,--version-script,"$OUT/map"} \
        "$OUT/code.c" -o "$OUT/$name"
    rm -f "$OUT/code.c" "$OUT/map"
}

libpq=$(place_of libpq.so)
libcurl=$(place_of libcurl.so)
curl_name=$(objdump -p "$libcurl" | awk '$1 == "SONAME" { print $2 }')
for name in $(needed_of "$libpq" | grep -E '^lib(gssapi|ldap)'); do
    stand_in "$name" "$libpq" "$libcurl" "$OUT"/../palabre-*
done
stand_in "$curl_name" "$OUT"/../palabre-*
