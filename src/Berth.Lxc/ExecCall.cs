using System.Runtime.InteropServices;
using Berth.Containers;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Lxc;

/// <summary>Runs a command in a container with this process's stdin, stdout and stderr; its exit code becomes ours.</summary>
internal static unsafe class ExecCall
{
    /// <summary>As shells have it: the command could not be run.</summary>
    public const int CannotAttach = 255;

    private const int ClearEnvironment = 1;
    private const int PersonalityDetect = -1;

    public static int Run(string lxcPath, string name)
    {
        Fd.CloseRangeOnExec(LxcCalls.StatusFd);
        using var container = new LxcContainer(name, lxcPath);
        var request = ExecRequest.Read(StandardStreams.ReadAll(LxcCalls.RequestFd));
        switch (GroupEntry.Fork(request))
        {
            case null:
                return Attach(container, request, AttachOptions.Default) ? Child.WaitAny().Code : CannotAttach;
            case 0:
                GroupEntry.Exit(Attach(container, request, AttachOptions.Default & ~AttachOptions.MoveToCgroup) ? 0 : CannotAttach);
                return CannotAttach;
            case { } child:
                return Child.Wait(child) is { Success: false, KilledBy: 0 } ? CannotAttach : WaitForCommand();
        }
    }

    /// <summary>The command's exit code. Who started it may have been killed with the container's group, before it had started one or after.</summary>
    private static int WaitForCommand()
    {
        try
        {
            return Child.WaitAny().Code;
        }
        catch (LinuxException e) when (e.Errno == Errno.ECHILD)
        {
            return CannotAttach;
        }
    }

    /// <summary>Starts the command as a child of this process and tells its number; false if that is not possible.</summary>
    private static bool Attach(LxcContainer container, ExecRequest request, int flags)
    {
        var arguments = ToNative(request.Command);
        var native = new AttachCommand { Program = arguments[0], Arguments = arguments };
        var groups = request.Gid;
        var options = new AttachOptions
        {
            Flags = flags | AttachOptions.SetGroups,
            Namespaces = -1,
            Personality = PersonalityDetect,
            InitialDirectory = (byte*)Marshal.StringToCoTaskMemUTF8(request.Directory),
            Uid = request.Uid,
            Gid = request.Gid,
            EnvironmentPolicy = ClearEnvironment,
            ExtraEnvironment = ToNative(request.Environment),
            Stdin = 0,
            Stdout = 1,
            Stderr = 2,
            LogFd = -1,
            GroupCount = 1,
            Groups = &groups,
        };
        if (container.Attach(&native, &options) is not { } pid)
        {
            return false;
        }

        StandardStreams.Write(LxcCalls.StatusFd, BitConverter.GetBytes(pid));
        return true;
    }

    /// <summary>A NULL-terminated array of strings that lives as long as this process.</summary>
    private static byte** ToNative(ReadOnlySpan<string> texts)
    {
        var array = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Length + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < texts.Length; i++)
        {
            array[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        return array;
    }
}
