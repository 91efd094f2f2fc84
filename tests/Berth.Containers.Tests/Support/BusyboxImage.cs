using Berth.Linux.Processes;

namespace Berth.Containers.Tests.Support;

/// <summary>The smallest system that boots: busybox, its init, and a shell on the console.</summary>
internal static class BusyboxImage
{
    public const string Ready = "berth-console-ready";

    private const UnixFileMode Program = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Makes the tree, owned by the host's root.</summary>
    public static async Task MakeAsync(string tree, CancellationToken cancel)
    {
        foreach (var directory in (ReadOnlySpan<string>)["bin", "sbin", "usr/bin", "usr/sbin", "etc", "proc", "sys", "dev", "tmp", "root", "run", "home/user"])
        {
            Directory.CreateDirectory($"{tree}/{directory}", Program);
        }

        File.Copy("/bin/busybox", $"{tree}/bin/busybox", overwrite: true);
        File.SetUnixFileMode($"{tree}/bin/busybox", Program);
        var applets = await Spawner.RunCheckedAsync(["/bin/busybox", "--list-full"], new(), cancel);
        foreach (var applet in applets.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(a => a != "bin/busybox"))
        {
            File.CreateSymbolicLink($"{tree}/{applet}", "/bin/busybox");
        }

        Write($"{tree}/etc/inittab", "::sysinit:/etc/rc\n::respawn:/bin/sh\n::ctrlaltdel:/sbin/reboot\n");
        Write($"{tree}/etc/rc", $"#!/bin/sh\nip link set lo up\necho {Ready}\n: > /run/ready\n");
        Write($"{tree}/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n");
        Write($"{tree}/etc/group", "root:x:0:\nuser:x:1000:\n");
        Write($"{tree}/etc/not-a-program", "data\n", UnixFileMode.UserRead);
    }

    /// <summary>Replaces init with one that answers no signal.</summary>
    public static void MakeHung(string tree)
    {
        File.Delete($"{tree}/sbin/init");
        Write($"{tree}/sbin/init", "#!/bin/sh\ntrap '' TERM PWR USR1 USR2 INT HUP\nwhile :; do sleep 1000; done\n");
    }

    private static void Write(string path, string text, UnixFileMode mode = Program)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
    }
}
