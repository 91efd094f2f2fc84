#!/usr/bin/env bash
# From a bare Debian 12, Debian 13 or Ubuntu 24.04 to a running container and a running machine.
# Safe to run again: what is there already is left alone.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"
. "$root_dir/scripts/packages.sh"
. "$root_dir/scripts/dotnet.sh"
. "$root_dir/scripts/host.sh"
. "$root_dir/scripts/daemon.sh"

case ${1:-} in
    '') ;;
    -h | --help)
        say "Usage: sudo ./up.sh"
        say "Installs what Berth needs, builds it, starts its daemon, and runs one container (web1) and one machine (vm1)."
        exit 0
        ;;
    *) die "unknown option $1; see ./up.sh --help" ;;
esac

need_root
cd "$root_dir"

image=debian/12

check_distribution
# shellcheck disable=SC2086 # one word a package
ensure_packages $run_packages $build_packages
ensure_dotnet
./build.sh
ensure_group
ensure_kernel_settings
ensure_lxcfs
install_berth
ensure_daemon

ensure_pool_bridge_profile
ensure_image
ensure_instance web1
ensure_instance vm1 --vm -c limits.memory=1GiB

say
for name in web1 vm1; do
    say "\$ berth exec $name -- uname -nr"
    berth exec "$name" -- uname -nr
done
say
say "\$ berth list"
berth list
