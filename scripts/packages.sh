# Distribution packages; sourced after common.sh.
# shellcheck shell=bash

# One entry a line; a|b: the first name that the distribution has (liblxc1 was renamed for 64-bit time).
run_packages='
ca-certificates
liblxc1t64|liblxc1
liblxc-common
lxcfs
qemu-system-x86
qemu-utils
ovmf
seabios
dnsmasq-base
nftables
iproute2
btrfs-progs
e2fsprogs
squashfs-tools
mmdebstrap
debootstrap
debian-archive-keyring
zstd
xz-utils
bzip2
lz4
util-linux
procps
kmod
'
build_packages='
gcc
libc6-dev
zlib1g-dev
binutils
curl
'
test_packages='
busybox-static
attr
xfsprogs
strace
'

os_release() { (. /etc/os-release && say "${!1:-}"); }

check_distribution() {
    local id version
    id=$(os_release ID) version=$(os_release VERSION_ID)
    case $id-$version in
        debian-12 | debian-13 | ubuntu-24.04) ;;
        *) say "note: Berth is tried on Debian 12, Debian 13 and Ubuntu 24.04; this is $id $version" ;;
    esac
    command -v apt-get >/dev/null || die "this script installs packages with apt-get, which is not here"
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# No `grep -q` in a pipe: it ends at the first hit, and `pipefail` then sees the writer die of SIGPIPE.
has_candidate() { [[ $(apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[!\(]* ]]; }

# missing_packages ENTRY...: prints the entries of which no name is installed.
missing_packages() {
    local entry name
    for entry; do
        for name in ${entry//|/ }; do
            ! is_installed "$name" || continue 2
        done
        say "$entry"
    done
}

apt_install() {
    local entry name names=()
    for entry; do
        for name in ${entry//|/ }; do
            if has_candidate "$name"; then
                names+=("$name")
                continue 2
            fi
        done
        say "no package called ${entry//|/ or } in the apt sources of this host (Ubuntu: is 'universe' enabled?)"
        return 1
    done
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${names[@]}"
}

# ensure_packages ENTRY...: installs what is missing; asks apt for nothing when nothing is.
ensure_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    step "Reading the package lists" apt-get update -q
    step "Installing ${#missing[@]} packages (${missing[*]})" apt_install "${missing[@]}"
}

# The stock client is in Debian 13 and Ubuntu 24.04; Debian 12 has it in its backports, which come from the same
# server as the host's own packages. The sources file is our own, so that removing it undoes this.
ensure_incus_client() {
    command -v incus >/dev/null && return 0
    if ! has_candidate incus-client && [ "$(os_release ID)" = debian ]; then
        add_backports
    fi
    if has_candidate incus-client; then
        step "Installing the stock incus client" apt_install incus-client
    else
        say "note: no package incus-client here; tests with the stock client are skipped"
    fi
}

add_backports() {
    local codename uri signed_by
    codename=$(os_release VERSION_CODENAME)
    read -r uri signed_by < <(apt-get indextargets --format '$(REPO_URI) $(SIGNED_BY)' \
        'Created-By: Packages' "Release: $codename" 'Component: main') || return 0
    case $signed_by in /*) ;; *) signed_by=/usr/share/keyrings/debian-archive-keyring.gpg ;; esac
    cat >/etc/apt/sources.list.d/berth-backports.sources <<SOURCES
Types: deb
URIs: $uri
Suites: $codename-backports
Components: main
Signed-By: $signed_by
SOURCES
    if ! (step "Reading the package lists of $codename-backports" apt-get update -q); then
        rm -f /etc/apt/sources.list.d/berth-backports.sources
    fi
}
