#!/usr/bin/env bash
# Install what is missing: the packages of debian-packages.txt (as root or with sudo), then the npm packages of
# package-lock.json into node_modules. Does nothing, in a blink, when all is there.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
cd "$TOP"

# Node may come from elsewhere than Debian, whose npm would then conflict with it.
wanted() {
    if command -v node >/dev/null && command -v npm >/dev/null; then
        grep -vxE 'nodejs|npm' debian-packages.txt
    else
        cat debian-packages.txt
    fi
}
# shellcheck disable=SC2046,SC2016
installed() { dpkg-query -W -f='${db:Status-Status} ${Package}\n' $(wanted) 2>/dev/null | sed -n 's/^installed //p'; }
missing() { comm -23 <(wanted | sort -u) <(installed | sort -u); }

as_root() {
    if is_root; then "$@"; else sudo "$@"; fi
}

install_debian() {
    local packages log
    packages=$(missing | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    is_root || command -v sudo >/dev/null ||
        die "missing Debian packages and neither root nor sudo; run as root: apt-get install --no-install-recommends $packages"
    log=$(mktemp)
    say "install: $(wc -w <<<"$packages") Debian packages: $packages"
    as_root apt-get -q -o Acquire::Retries=3 update >"$log" 2>&1 ||
        { tail -n 5 "$log" >&2; die "apt-get update failed (log above): check the network and /etc/apt/sources.list"; }
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends $packages >"$log" 2>&1 </dev/null ||
        { tail -n 15 "$log" >&2; die "apt-get install failed (log above); repair it, then run make install again"; }
    rm -f "$log"
    packages=$(missing | tr '\n' ' ')
    [ -z "$packages" ] || die "apt-get installed all but: $packages(is this Debian 12?)"
}

# node_modules is as the lock file says when its mark holds the lock file's sum.
install_npm() {
    local sum mark=node_modules/.installed
    sum=$(cat package-lock.json .npmrc | sha256sum)
    [ "$(cat $mark 2>/dev/null)" != "$sum" ] || return 0
    command -v npm >/dev/null || die "no npm: install it (Debian: apt-get install npm), then run make install again"
    say "install: npm packages"
    npm ci --loglevel=error </dev/null || die "npm ci failed (above): check the network, then run make install again"
    printf '%s\n' "$sum" >$mark
}

command -v dpkg-query >/dev/null || die "not a Debian: install what debian-packages.txt names, by hand"
install_debian
install_npm
