using Berth.Linux.Interop;

namespace Berth.Linux.Files;

/// <summary>
/// Makes the calling thread create files as another user while it keeps its capabilities: through an id-mapped mount the host's root
/// has no id and cannot create anything (EOVERFLOW), and everywhere else what it creates would not belong to the container.
/// </summary>
internal readonly unsafe ref struct FileSystemIdentity
{
    private const uint CapabilityVersion3 = 0x20080522;

    private readonly bool _changed;

    public FileSystemIdentity(uint? id)
    {
        if (id is not { } user)
        {
            return;
        }

        _changed = true;
        _ = Libc.SetFsGid(user);
        _ = Libc.SetFsUid(user);
        try
        {
            RaiseEffective();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The thread is the pool's again, as it was: going back to user 0 raises the file system capabilities too.</summary>
    public void Dispose()
    {
        if (_changed)
        {
            _ = Libc.SetFsUid(0);
            _ = Libc.SetFsGid(0);
        }
    }

    /// <summary>Leaving fsuid 0 drops CAP_DAC_OVERRIDE and its like from the effective set; they are still permitted.</summary>
    private static void RaiseEffective()
    {
        var header = stackalloc uint[2] { CapabilityVersion3, 0 };
        var data = stackalloc uint[6];
        Check.Result(Libc.Syscall(Libc.SysCapGet, (nint)header, (nint)data, 0, 0, 0), "capget");
        data[0] = data[1];
        data[3] = data[4];
        Check.Result(Libc.Syscall(Libc.SysCapSet, (nint)header, (nint)data, 0, 0, 0), "capset");
    }
}
