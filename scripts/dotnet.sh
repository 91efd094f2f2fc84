# The .NET SDK; sourced after common.sh and packages.sh.
# shellcheck shell=bash

dotnet_home=/usr/local/share/dotnet
dotnet_script=https://dot.net/v1/dotnet-install.sh

has_dotnet() { command -v dotnet >/dev/null && [[ $'\n'$(dotnet --list-sdks 2>/dev/null) == *$'\n10.'* ]]; }

# Ubuntu has the SDK in its archive, Debian has not: there it comes from Microsoft's own install script,
# into /usr/local/share/dotnet, with a link in /usr/local/bin.
ensure_dotnet() {
    has_dotnet && return 0
    if has_candidate dotnet-sdk-10.0; then
        step "Installing the .NET 10 SDK from the distribution" apt_install dotnet-sdk-10.0
    else
        say "The .NET 10 SDK is not in this distribution: taking it from Microsoft with $dotnet_script"
        step "Installing the .NET 10 SDK into $dotnet_home" install_dotnet
    fi
    hash -r
    has_dotnet || die "the .NET 10 SDK was installed, but 'dotnet --list-sdks' does not show it"
}

install_dotnet() {
    local script
    ensure_dotnet_libraries
    script=$(mktemp)
    curl -fsSL --retry 3 -o "$script" "$dotnet_script"
    bash "$script" --channel 10.0 --install-dir "$dotnet_home" --no-path
    rm -f "$script"
    ln -sfn "$dotnet_home/dotnet" /usr/local/bin/dotnet
}

ensure_dotnet_libraries() {
    apt_install ca-certificates curl 'libssl3t64|libssl3' libstdc++6 zlib1g 'libicu76|libicu74|libicu72'
}
