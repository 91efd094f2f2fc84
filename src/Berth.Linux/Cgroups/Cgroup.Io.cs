namespace Berth.Linux.Cgroups;

public sealed partial class Cgroup
{
    /// <summary>Sets the ceilings of traffic with one disk, per second; null: none (io.max, or blkio.throttle.* on v1).</summary>
    /// <param name="disk">"major:minor" of a whole disk.</param>
    /// <exception cref="LinuxException">EOPNOTSUPP: the host has no controller for it; ENODEV: no such disk.</exception>
    public void SetIoMax(string disk, long? readBytes, long? writeBytes, long? readOps, long? writeOps)
    {
        if (Host.Find("io") is { IsV2: true } unified)
        {
            Fd.WriteText(
                $"{DirectoryIn(unified)}/io.max",
                $"{disk} rbps={Limit(readBytes, "max")} wbps={Limit(writeBytes, "max")} riops={Limit(readOps, "max")} wiops={Limit(writeOps, "max")}");
            return;
        }

        var directory = Need("blkio").Directory;
        foreach (var (file, value) in (ReadOnlySpan<(string, long?)>)
            [("read_bps", readBytes), ("write_bps", writeBytes), ("read_iops", readOps), ("write_iops", writeOps)])
        {
            // v1 takes 0 for "no ceiling".
            Fd.WriteText($"{directory}/blkio.throttle.{file}_device", $"{disk} {value ?? 0}");
        }
    }
}
