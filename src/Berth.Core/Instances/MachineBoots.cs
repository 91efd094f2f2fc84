using System.Collections.Immutable;
using Berth.Core.Images;
using Berth.Core.Storage;

namespace Berth.Core.Instances;

/// <summary>Decides what a machine boots from.</summary>
public sealed class MachineBoots(ImageContent images)
{
    /// <summary>Configuration key: <c>auto</c> (direct where the image has a kernel), <c>direct</c> or <c>firmware</c>.</summary>
    public const string BootKey = "berth.machine.boot";

    /// <exception cref="BerthException">BadRequest: direct boot is asked for and the image has no kernel.</exception>
    public async Task<MachineBoot> BootOfAsync(
        InstanceRecord record, IStoragePool pool, ImmutableSortedDictionary<string, string> config, CancellationToken cancel)
    {
        var image = record.Image.Length > 0 ? await images.EnsureDiskAsync(pool, record.Image, cancel) : null;
        var asked = config.GetValueOrDefault(BootKey, "auto");
        if (asked == "direct" && image?.Kernel is null)
        {
            throw BerthException.BadRequest($"The image of {record.Id} carries no kernel; unset {BootKey} to boot it through firmware");
        }

        var direct = asked != "firmware" && image?.Kernel is not null;
        return new()
        {
            Disk = pool.MachineDisk(record.Id.Key),
            DiskFormat = "qcow2",
            Kernel = direct ? image!.Kernel : null,
            Initrd = direct ? image!.Initrd : null,
            CommandLine = direct ? image!.CommandLine : "",
            Uid = record.IdBase,
        };
    }
}
