# Shared by build.sh, up.sh and test.sh; sourced, never run. The caller has `set -euo pipefail`.
# shellcheck shell=bash

root_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true \
    DOTNET_GENERATE_ASPNET_CERTIFICATE=false

say() { printf '%s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" -eq 0 ] || die "this must run as root: sudo $0"
}

# pid1_is_systemd: systemd(8) says that /run/systemd/system exists only where it is the init.
pid1_is_systemd() { [ -d /run/systemd/system ]; }

dotnet_rid() {
    case $(uname -m) in
        x86_64) say linux-x64 ;;
        aarch64) say linux-arm64 ;;
        *) die "Berth builds on x86_64 and aarch64, not on $(uname -m)" ;;
    esac
}

# as_owner CMD...: a checkout that belongs to the user who called sudo is built as that user, so that
# out/, bin/ and obj/ do not end up owned by root.
as_owner() {
    if [ "$(id -u)" -eq 0 ] && [ "${SUDO_UID:-0}" != 0 ] && [ "$(stat -c %u "$root_dir")" = "${SUDO_UID}" ]; then
        setpriv --reuid "$SUDO_UID" --regid "$SUDO_GID" --init-groups \
            env HOME="$(getent passwd "$SUDO_UID" | cut -d: -f6)" "$@"
    else
        "$@"
    fi
}

step_log=
forget_step_log() { [ -z "$step_log" ] || rm -f "$step_log"; }
trap forget_step_log EXIT

# step TEXT CMD...: runs CMD with its output kept back, shows TEXT and the seconds that pass, and prints the
# output only if CMD fails. A command that needs the caller's variables may be a function, but runs in a subshell.
step() {
    local text=$1 start=$SECONDS pid ticks=0 status=0
    shift
    step_log=$(mktemp)
    ("$@") </dev/null >"$step_log" 2>&1 &
    pid=$!
    [ -t 1 ] || printf '%s ...\n' "$text"
    # `read` on a descriptor that never has data is a sleep that needs no process; `wait` alone cannot tick.
    while kill -0 "$pid" 2>/dev/null; do
        step_tick "$text" "$start" $((ticks++))
        read -rt 0.2 <&"$never" || :
    done
    wait "$pid" || status=$?
    if [ "$status" -ne 0 ]; then
        [ ! -t 1 ] || printf '\r\033[K'
        printf '%s: failed after %d s (exit code %d)\n' "$text" $((SECONDS - start)) "$status" >&2
        sed 's/^/    /' "$step_log" | tail -n 60 >&2
        exit "$status"
    fi
    [ ! -t 1 ] || printf '\r\033[K'
    printf '%s: done (%d s)\n' "$text" $((SECONDS - start))
    rm -f "$step_log"
    step_log=
}

step_tick() {
    if [ -t 1 ]; then
        printf '\r\033[K%s ... %d s  %s' "$1" $((SECONDS - $2)) "$(tail -n 1 "$step_log" | tr -dc '[:print:]' | cut -c1-60)"
    elif [ $(($3 % 75)) -eq 74 ]; then
        printf '%s ... %d s\n' "$1" $((SECONDS - $2))
    fi
}

exec {never}<> <(:)
