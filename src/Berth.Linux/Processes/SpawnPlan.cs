using System.Runtime.InteropServices;
using Berth.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Berth.Linux.Processes;

/// <summary>The file actions and attributes of one posix_spawn(3), in memory larger than any libc's structures.</summary>
internal sealed unsafe class SpawnPlan : IDisposable
{
    private const int StructSize = 1024;
    private const short SetPGroup = 0x02;
    private const short SetSigDef = 0x04;
    private const short SetSigMask = 0x08;
    private const short SetSid = 0x80;

    private static volatile bool s_noCloseFrom;

    private readonly List<SafeHandle> _held = [];
    private readonly List<SafeFileHandle> _moved = [];
    private byte* _actions;
    private byte* _attributes;

    public SpawnPlan(SpawnOptions options)
    {
        try
        {
            _actions = New(&Libc.SpawnActionsInit, "posix_spawn_file_actions_init");
            _attributes = New(&Libc.SpawnAttrInit, "posix_spawnattr_init");
            SetAttributes(options);
            AddDescriptors(options);
            if (options.WorkingDirectory is { } directory)
            {
                Done(Libc.SpawnActionsAddChDir(_actions, directory), "posix_spawn_file_actions_addchdir_np");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public byte* Actions => _actions;

    public byte* Attributes => _attributes;

    public void Dispose()
    {
        if (_actions != null)
        {
            _ = Libc.SpawnActionsDestroy(_actions);
            NativeMemory.Free(_actions);
            _actions = null;
        }

        if (_attributes != null)
        {
            _ = Libc.SpawnAttrDestroy(_attributes);
            NativeMemory.Free(_attributes);
            _attributes = null;
        }

        _held.ForEach(handle => handle.DangerousRelease());
        _held.Clear();
        _moved.ForEach(handle => handle.Dispose());
        _moved.Clear();
    }

    private void SetAttributes(SpawnOptions options)
    {
        var session = options.NewSession || options.ControllingTerminal;
        var flags = (short)(SetSigDef | SetSigMask | (session ? SetSid : SetPGroup));
        Done(Libc.SpawnAttrSetFlags(_attributes, flags), "posix_spawnattr_setflags");
        Done(Libc.SpawnAttrSetPGroup(_attributes, 0), "posix_spawnattr_setpgroup");

        // The runtime ignores SIGPIPE and blocks others; children would inherit both through execve(2).
        var set = stackalloc byte[256];
        _ = Libc.SigEmptySet(set);
        Done(Libc.SpawnAttrSetSigMask(_attributes, set), "posix_spawnattr_setsigmask");
        _ = Libc.SigFillSet(set);
        Done(Libc.SpawnAttrSetSigDefault(_attributes, set), "posix_spawnattr_setsigdefault");
    }

    private void AddDescriptors(SpawnOptions options)
    {
        var highest = Math.Max(2, options.Fds.Keys.DefaultIfEmpty(2).Max());
        for (var target = 0; target <= highest; target++)
        {
            if (options.Fds.TryGetValue(target, out var handle))
            {
                AddDescriptor(target, SourceAbove(highest, handle), options.ControllingTerminal && target == 0);
            }
            else if (target <= 2)
            {
                Done(Libc.SpawnActionsAddOpen(_actions, target, "/dev/null", (int)OpenFlags.ReadWrite, 0), "posix_spawn_file_actions_addopen");
            }
            else
            {
                Done(Libc.SpawnActionsAddClose(_actions, target), "posix_spawn_file_actions_addclose");
            }
        }

        CloseFrom(highest + 1);
    }

    private void AddDescriptor(int target, int source, bool controllingTerminal)
    {
        if (controllingTerminal)
        {
            // Opening a terminal without O_NOCTTY in a session leader makes it the controlling one; by descriptor, because a
            // container's slave has no path here.
            Done(Libc.SpawnActionsAddOpen(_actions, target, $"/proc/self/fd/{source}", (int)OpenFlags.ReadWrite, 0), "posix_spawn_file_actions_addopen");
            return;
        }

        Done(Libc.SpawnActionsAddDup2(_actions, source, target), "posix_spawn_file_actions_adddup2");
    }

    /// <summary>A descriptor that no target overwrites before it is used.</summary>
    private int SourceAbove(int highest, SafeHandle handle)
    {
        var referenced = false;
        handle.DangerousAddRef(ref referenced);
        _held.Add(handle);
        var fd = (int)handle.DangerousGetHandle();
        if (fd > highest)
        {
            return fd;
        }

        var moved = Fd.Duplicate(handle, highest + 1);
        _moved.Add(moved);
        return (int)moved.DangerousGetHandle();
    }

    private void CloseFrom(int first)
    {
        if (!s_noCloseFrom)
        {
            try
            {
                Done(Libc.SpawnActionsAddCloseFrom(_actions, first), "posix_spawn_file_actions_addclosefrom_np");
                return;
            }
            catch (EntryPointNotFoundException)
            {
                s_noCloseFrom = true;
            }
        }

        // glibc before 2.34 and musl: all of ours are close-on-exec anyway, this is for those that the process was handed.
        foreach (var path in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(path), out var fd) && fd >= first)
            {
                Done(Libc.SpawnActionsAddClose(_actions, fd), "posix_spawn_file_actions_addclose");
            }
        }
    }

    private static byte* New(delegate*<byte*, int> init, string call)
    {
        var memory = (byte*)NativeMemory.AllocZeroed(StructSize);
        try
        {
            Done(init(memory), call);
            return memory;
        }
        catch
        {
            NativeMemory.Free(memory);
            throw;
        }
    }

    private static void Done(int errno, string call)
    {
        if (errno != 0)
        {
            throw new LinuxException(errno, call);
        }
    }
}
