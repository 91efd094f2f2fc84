using System.Runtime.InteropServices;

namespace Berth.Lxc;

/// <summary>
/// liblxc's <c>struct lxc_container</c> (lxc/lxccontainer.h, ABI of liblxc 4 and later: the function table only grows at its
/// end). liblxc forks, and its calls can hang: hence a program of its own.
/// </summary>
internal sealed unsafe partial class LxcContainer : IDisposable
{
    private const string Library = "liblxc.so.1";
    private const int TableOffset = 80;
    private const int PidFileOffset = 16;

    // Places in the function table, in the order of the header.
    private const int LoadConfigSlot = 6;
    private const int StartSlot = 7;
    private const int WantDaemonizeSlot = 10;
    private const int WantCloseAllFdsSlot = 11;
    private const int ConsoleGetFdSlot = 34;
    private const int AttachSlot = 36;

    private readonly byte* _container;

    /// <exception cref="InvalidOperationException">liblxc cannot make it (out of memory, path not writable).</exception>
    public LxcContainer(string name, string lxcPath)
    {
        _container = New(name, lxcPath);
        if (_container is null)
        {
            throw new InvalidOperationException($"liblxc cannot open container {name} in {lxcPath}");
        }
    }

    /// <summary>liblxc's version, for example 5.0.2.</summary>
    public static string Version => Marshal.PtrToStringUTF8(GetVersion()) ?? "";

    public bool LoadConfig(string path)
    {
        var utf8 = Marshal.StringToCoTaskMemUTF8(path);
        var done = ((delegate* unmanaged<byte*, nint, byte>)Slot(LoadConfigSlot))(_container, utf8) != 0;
        Marshal.FreeCoTaskMem(utf8);
        return done;
    }

    /// <summary>Starts it in the background; the monitor writes its process id to <paramref name="pidFile"/>. Returns when init runs.</summary>
    public bool Start(string pidFile)
    {
        // The library frees it with free(3), which is what CoTaskMem is here.
        *(nint*)(_container + PidFileOffset) = Marshal.StringToCoTaskMemUTF8(pidFile);
        return ((delegate* unmanaged<byte*, byte, byte>)Slot(WantDaemonizeSlot))(_container, 1) != 0
            && ((delegate* unmanaged<byte*, byte, byte>)Slot(WantCloseAllFdsSlot))(_container, 1) != 0
            && ((delegate* unmanaged<byte*, int, nint, byte>)Slot(StartSlot))(_container, 0, 0) != 0;
    }

    /// <summary>Master side of the console. The first value must stay open as long as the second is used.</summary>
    public (int Connection, int Master)? Console()
    {
        var number = 0;
        var master = -1;
        var connection = ((delegate* unmanaged<byte*, int*, int*, int>)Slot(ConsoleGetFdSlot))(_container, &number, &master);
        return connection < 0 ? null : (connection, master);
    }

    /// <summary>Runs a command inside; null when it could not be attached.</summary>
    /// <param name="command">Native memory that outlives the call.</param>
    public int? Attach(AttachCommand* command, AttachOptions* options)
    {
        int pid;
        var run = NativeLibrary.GetExport(NativeLibrary.Load(Library), "lxc_attach_run_command");
        var result = ((delegate* unmanaged<byte*, nint, void*, AttachOptions*, int*, int>)Slot(AttachSlot))(_container, run, command, options, &pid);
        return result < 0 ? null : pid;
    }

    public void Dispose() => _ = Put(_container);

    private nint Slot(int index) => *(nint*)(_container + TableOffset + (index * sizeof(nint)));

    [LibraryImport(Library, EntryPoint = "lxc_container_new", StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* New(string name, string path);

    [LibraryImport(Library, EntryPoint = "lxc_container_put")]
    private static partial int Put(byte* container);

    [LibraryImport(Library, EntryPoint = "lxc_get_version")]
    private static partial nint GetVersion();
}

/// <summary><c>lxc_attach_command_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AttachCommand
{
    public byte* Program;
    public byte** Arguments;
}

/// <summary><c>lxc_attach_options_t</c> (lxc/attach_options.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AttachOptions
{
    /// <summary>Moves the process into the container's control groups, from outside.</summary>
    public const int MoveToCgroup = 0x00000001;

    /// <summary>LXC_ATTACH_DEFAULT: own cgroup, dropped capabilities, personality, security module, as init has them.</summary>
    public const int Default = 0x0000FFFF;

    /// <summary>Sets supplementary groups to <see cref="Groups"/>.</summary>
    public const int SetGroups = 0x00200000;

    public int Flags;
    public int Namespaces;
    public nint Personality;
    public byte* InitialDirectory;
    public uint Uid;
    public uint Gid;
    public int EnvironmentPolicy;
    public byte** ExtraEnvironment;
    public byte** ExtraKeptEnvironment;
    public int Stdin;
    public int Stdout;
    public int Stderr;
    public int LogFd;
    public byte* SecurityLabel;
    public nuint GroupCount;
    public uint* Groups;
}
