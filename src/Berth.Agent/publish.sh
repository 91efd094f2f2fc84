#!/bin/sh
# Publishes the guest agent to OUTDIR/berth-agent: one static executable for any Linux guest of this architecture.
set -eu
out=${1:?usage: publish.sh OUTDIR}
here=$(cd "$(dirname "$0")" && pwd)
case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) echo "publish.sh: no runtime for $(uname -m)" >&2; exit 1 ;;
esac
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
dotnet publish "$here/Berth.Agent.csproj" --nologo -v quiet -c Release -r "$rid" -p:StaticExecutable=true -o "$stage"
mkdir -p "$out"
install -m 0755 "$stage/berth-agent" "$out/berth-agent"
