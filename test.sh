#!/usr/bin/env bash
# Sets up what the tests need, builds, runs every test project, and ends with `N passed, N failed, N skipped`.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"
. "$root_dir/scripts/packages.sh"
. "$root_dir/scripts/dotnet.sh"
. "$root_dir/scripts/host.sh"
. "$root_dir/scripts/tests.sh"

case ${1:-} in
    -h | --help)
        say "Usage: sudo ./test.sh [NAME]"
        say "Runs all tests, or the project NAME (Core, Berth.Core.Tests, EndToEnd), or the tests whose full name contains NAME."
        exit 0
        ;;
esac

need_root
cd "$root_dir"

check_distribution
# shellcheck disable=SC2086 # one word a package
ensure_packages $run_packages $build_packages $test_packages
ensure_incus_client
ensure_dotnet
ensure_kernel_settings
ensure_lxcfs

select_tests "${1:-}"
prepare_tests
run_tests
report_tests
