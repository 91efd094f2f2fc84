using Berth.Core.Devices;

namespace Berth.Machines.CommandLine;

/// <summary>In which order firmware tries a machine's disks.</summary>
internal static class BootOrder
{
    /// <summary>0 is the option ROM's that loads a kernel.</summary>
    private const int First = 1;

    /// <summary>Boot index by name of the device: the higher the priority the sooner, among equals the root, then by name.</summary>
    public static Dictionary<string, int> Of(IEnumerable<DevicePart> devices) => devices
        .Select(d => d switch
        {
            RootPart root => (root.Device, root.BootPriority, IsRoot: true),
            DrivePart drive => (drive.Device, drive.BootPriority, IsRoot: false),
            _ => (Device: "", BootPriority: 0, IsRoot: false),
        })
        .Where(d => d.Device.Length > 0)
        .OrderByDescending(d => d.BootPriority).ThenByDescending(d => d.IsRoot).ThenBy(d => d.Device, StringComparer.Ordinal)
        .Select((d, i) => (d.Device, Index: First + i))
        .ToDictionary(d => d.Device, d => d.Index, StringComparer.Ordinal);
}
