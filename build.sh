#!/usr/bin/env bash
# Publishes NativeAOT binaries: out/bin/berthd, its part out/bin/berth-lxc, out/bin/berth and out/bin/berth-agent.
# A binary whose sources did not change since it was published is left alone.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

case ${1:-} in
    '') ;;
    -h | --help)
        say "Usage: ./build.sh"
        say "Publishes NativeAOT binaries into out/bin: berthd (the daemon), berth-lxc (its part that calls liblxc), berth (the command line), berth-agent (for guests)."
        exit 0
        ;;
    *) die "unknown option $1; see ./build.sh --help" ;;
esac

cd "$root_dir"
bin=out/bin
stamps=out/stamps

# rooms PROJECT...: the directories of the projects and of all that they reference.
rooms() {
    local todo=("$@") seen=' ' project next
    while [ ${#todo[@]} -gt 0 ]; do
        project=${todo[0]}
        todo=("${todo[@]:1}")
        [[ $seen != *" $project "* ]] || continue
        seen+="$project "
        say "src/$project"
        mapfile -t next < <(sed -n 's|.*<ProjectReference Include="[^"]*/\([^"/]*\)\.csproj".*|\1|p' "src/$project/$project.csproj")
        todo+=(${next[@]+"${next[@]}"})
    done
}

# fingerprint PROJECT: one hash over the sources, the central settings and this script.
fingerprint() {
    {
        mapfile -t dirs < <(rooms "$1")
        find "${dirs[@]}" \( -name bin -o -name obj -o -name dist \) -prune -o -type f -print0
        printf '%s\0' Directory.Build.props Directory.Build.targets Directory.Packages.props global.json build.sh
    } | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# put FILE...: rename(2) replaces a binary that is running without touching the running one.
put() {
    local file
    for file; do
        cp "$file" "$bin/.${file##*/}.new"
        mv "$bin/.${file##*/}.new" "$bin/${file##*/}"
    done
}

# MSBuild takes properties from the environment; NativeAOT links with clang unless told otherwise.
command -v clang >/dev/null || export CppCompilerAndLinker=gcc

publish() {
    local project=$1 binary=$2 dir
    dir=out/publish/$binary
    rm -rf "$dir"
    as_owner dotnet publish "src/$project" -c Release -r "$(dotnet_rid)" -o "$dir" -v quiet -clp:NoSummary -warnaserror
    find "$dir" -maxdepth 1 -type f \( -name "$binary" -o -name '*.so' \) -print0 | while IFS= read -r -d '' file; do put "$file"; done
}

publish_agent() {
    rm -rf out/publish/berth-agent
    as_owner src/Berth.Agent/publish.sh "$PWD/out/publish/berth-agent"
    put out/publish/berth-agent/berth-agent
}

# build PROJECT BINARY CMD...: CMD runs only if the binary is missing or older than its sources.
build() {
    local project=$1 binary=$2 now
    shift 2
    now=$(fingerprint "$project")
    if [ -x "$bin/$binary" ] && [ "$(cat "$stamps/$binary" 2>/dev/null)" = "$now" ]; then
        return 0
    fi
    rm -f "$stamps/$binary"
    step "Building $bin/$binary" "$@"
    say "$now" >"$stamps/$binary"
}

command -v dotnet >/dev/null || die "dotnet is not here; ./up.sh and ./test.sh install it, or see https://dot.net"
mkdir -p "$bin" "$stamps"
build Berth.Daemon berthd publish Berth.Daemon berthd
build Berth.Lxc berth-lxc publish Berth.Lxc berth-lxc
build Berth.Cli berth publish Berth.Cli berth
build Berth.Agent berth-agent publish_agent
