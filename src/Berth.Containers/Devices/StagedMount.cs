using System.Text;
using Berth.Core.Devices;
using Berth.Linux.Mounts;

namespace Berth.Containers.Devices;

/// <summary>A device's mount, ready on the host for liblxc to bind into the container at every boot.</summary>
/// <param name="Source">Where it waits; the mount is gone from there when the device is taken out.</param>
/// <param name="Part">What it is for.</param>
internal sealed record StagedMount(string Source, MountPart Part, bool IsDirectory)
{
    /// <summary>
    /// As <c>lxc.mount.entry</c>. "optional", because liblxc reads it again when the container reboots, and the device may have been
    /// taken out by then; that it is there after a start is checked.
    /// </summary>
    public string Entry =>
        $"{Escaped(Source)} {Escaped(Part.Target.TrimStart('/'))} none rbind,create={(IsDirectory ? "dir" : "file")},optional{Propagation} 0 0";

    private string Propagation => Part.Propagation switch
    {
        MountPropagation.Shared => ",rshared",
        MountPropagation.Slave => ",rslave",
        MountPropagation.Unbindable => ",runbindable",
        _ => "",
    };

    /// <summary>As fstab(5): what separates fields is written as an octal number.</summary>
    public static string Escaped(string path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var c in path)
        {
            text.Append(c is ' ' or '\t' or '\\' or '#' ? "\\" + Convert.ToString(c, 8).PadLeft(3, '0') : c.ToString());
        }

        return text.ToString();
    }
}
