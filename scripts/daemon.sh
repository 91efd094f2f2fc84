# Installing and starting berthd, and what up.sh puts into it. Sourced after common.sh and host.sh.
# shellcheck shell=bash

lib=/usr/local/lib/berth
socket=/run/berth/berth.socket
daemon_log=/var/log/berth.log
daemon_is_new=

# place FILE DIRECTORY MODE: copies FILE if DIRECTORY has another one; says by its exit code whether it did.
place() {
    local target="$2/${1##*/}"
    ! cmp -s "$1" "$target" || return 1
    mkdir -p "$2"
    install -m "$3" "$1" "$target.new"
    mv "$target.new" "$target"
}

install_berth() {
    local file
    for file in out/bin/berthd out/bin/berth-lxc out/bin/berth-agent out/bin/*.so; do
        [ -e "$file" ] || continue
        ! place "$file" "$lib" 755 || daemon_is_new=yes
    done
    if place out/bin/berth /usr/local/bin 755; then
        install_completion bash /usr/local/share/bash-completion/completions/berth
        install_completion zsh /usr/local/share/zsh/site-functions/_berth
        install_completion fish /usr/local/share/fish/vendor_completions.d/berth.fish
    fi
    for file in docs/*.md; do
        place "$file" /usr/local/share/doc/berth 644 || :
    done
    hash -r
}

install_completion() {
    mkdir -p "${2%/*}"
    berth completion "$1" >"$2.new" && mv "$2.new" "$2"
}

ensure_daemon() {
    if pid1_is_systemd; then
        ensure_unit
    else
        ensure_background_daemon
    fi
    step "Waiting for berthd to answer" within 60 berth info
}

ensure_unit() {
    if place packaging/berth.service /etc/systemd/system 644; then
        systemctl daemon-reload
        daemon_is_new=yes
    fi
    systemctl enable --quiet berth.service
    if [ -n "$daemon_is_new" ]; then
        step "Starting berth.service" systemctl restart berth.service
    else
        systemctl start berth.service
    fi
}

# daemon_pid: who listens on the socket, whoever started it.
daemon_pid() { ss -xlpH src "$socket" 2>/dev/null | sed -n 's/.*("berthd",pid=\([0-9]*\),.*/\1/p'; }

ensure_background_daemon() {
    local pid
    pid=$(daemon_pid)
    if [ -n "$pid" ] && [ -n "$daemon_is_new" ]; then
        step "Stopping the old berthd (instances go on running)" stop_daemon "$pid"
        pid=
    fi
    [ -z "$pid" ] || return 0
    say "Starting berthd in the background; it logs to $daemon_log"
    setsid "$lib/berthd" --group berth </dev/null >>"$daemon_log" 2>&1 &
}

stop_daemon() {
    kill "$1"
    timeout 60 tail --pid="$1" -f /dev/null
}

ensure_pool_bridge_profile() {
    local pool=default bridge=berthbr0
    exists storage "$pool" || step "Creating the storage pool $pool" berth storage create "$pool" auto
    exists network "$bridge" || step "Creating the bridge $bridge" berth network create "$bridge"
    has_device root || berth profile device add default root disk path=/ pool="$pool"
    has_device eth0 || berth profile device add default eth0 nic network="$bridge" name=eth0
}

exists() { berth "$1" show "$2" >/dev/null 2>&1; }

has_device() { [[ $'\n'$(berth profile device list default)$'\n' == *$'\n'$1$'\n'* ]]; }

ensure_image() {
    ! berth image info "$image" >/dev/null 2>&1 || return 0
    step "Building the image $image from this host's apt mirror" berth image build "$image"
}

# ensure_instance NAME OPTION...: launched if it is not there, started if it is stopped.
ensure_instance() {
    local name=$1 status
    status=$(berth list "^$name\$" --format csv --columns s)
    case ${status^^} in
        RUNNING) ;;
        '') step "Launching $name" berth launch "$image" "$@" ;;
        *) step "Starting $name, which is ${status,,}" berth start "$name" ;;
    esac
    berth exec "$name" -- true 2>/dev/null || step "Waiting for $name to take commands" within 300 berth exec "$name" -- true
    has_address "$name" || step "Waiting for $name to get an address" within 30 has_address "$name" || say "note: $name has no IPv4 address yet"
}

has_address() { [ -n "$(berth list "^$1\$" --format csv --columns 4)" ]; }
