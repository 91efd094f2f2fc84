# What Berth needs of the host besides packages: group, kernel settings, lxcfs, modules. Sourced after common.sh.
# shellcheck shell=bash

ensure_group() { getent group berth >/dev/null || groupadd --system berth; }

# A container's systemd alone takes a dozen inotify instances, and all containers of a host share these pools.
kernel_settings='
fs.inotify.max_user_instances 1048576
fs.inotify.max_user_watches 1048576
fs.inotify.max_queued_events 1048576
kernel.keys.maxkeys 2000
kernel.keys.maxbytes 2000000
kernel.pid_max 4194304
net.ipv4.neigh.default.gc_thresh3 8192
net.ipv6.neigh.default.gc_thresh3 8192
vm.max_map_count 262144
'

# Settings are only ever raised, and kept for the next boot in a file that removing undoes.
ensure_kernel_settings() {
    local key wanted file changed=
    file=/etc/sysctl.d/60-berth.conf
    while read -r key wanted; do
        [ -n "$key" ] || continue
        [ "$(sysctl -n "$key" 2>/dev/null || say "$wanted")" -lt "$wanted" ] || continue
        sysctl -qw "$key=$wanted" 2>/dev/null || { say "note: the kernel did not take $key=$wanted; many containers at once may need it"; continue; }
        changed+="$key = $wanted"$'\n'
    done <<<"$kernel_settings"
    [ -z "$changed" ] || { mkdir -p /etc/sysctl.d && printf '%s' "$changed" >>"$file"; }
}

# lxcfs gives each container its own /proc/meminfo, /proc/cpuinfo and so on. Its package starts it under systemd.
ensure_lxcfs() {
    local directory=/var/lib/lxcfs
    # A mount whose lxcfs was killed answers nothing, not even stat, until somebody takes it away.
    if grep -q " $directory fuse.lxcfs " /proc/mounts; then
        ! mountpoint -q "$directory" || return 0
        umount --lazy "$directory"
    fi
    if pid1_is_systemd; then
        systemctl enable --now --quiet lxcfs.service
        return 0
    fi
    [ -e /dev/fuse ] || modprobe fuse 2>/dev/null || :
    if [ ! -e /dev/fuse ]; then
        say "note: no /dev/fuse, so no lxcfs: containers see the host's figures in free, nproc and uptime"
        return 0
    fi
    mkdir -p "$directory"
    setsid lxcfs "$directory" </dev/null >/var/log/lxcfs.log 2>&1 &
    if ! within 10 mountpoint -q "$directory"; then
        say "note: lxcfs did not come up (see /var/log/lxcfs.log): containers see the host's figures"
    fi
}

# within SECONDS CMD...: until CMD succeeds, at most so long.
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt "$deadline" ] || return 1
        read -rt 0.1 <&"$never" || :
    done
}
