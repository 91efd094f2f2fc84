using System.Globalization;
using Berth.Core;
using Berth.Linux.Files;
using Berth.Machines.Acceleration;

namespace Berth.Machines.Process;

/// <summary>
/// The step between the daemon and QEMU: setpriv(1) takes away ids, groups and every capability before QEMU sees the first byte
/// that a user gave. (QEMU's own -runas comes later, and its sandbox could then not forbid changing ids.)
/// </summary>
internal static class Jail
{
    private const string KvmDevice = "/dev/kvm";

    public static List<string> Wrap(string qemu, IEnumerable<string> arguments, uint uid, bool kvm)
    {
        string[] known = ["/usr/bin/setpriv", "/bin/setpriv"];
        var setpriv = known.FirstOrDefault(File.Exists) ?? throw BerthException.Unsupported("setpriv is not installed: install the package util-linux.");
        var id = uid.ToString(CultureInfo.InvariantCulture);
        string[] groups = kvm && AcceleratorProbe.NeedsGroup(KvmDevice)
            ? ["--groups", FileStatus.Of(KvmDevice).Gid.ToString(CultureInfo.InvariantCulture)]
            : ["--clear-groups"];
        return
        [
            setpriv, "--reuid", id, "--regid", id, .. groups, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--",
            qemu, .. arguments,
        ];
    }
}
