using System.Runtime.InteropServices;
using System.Text;
using Berth.Containers;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Lxc;

/// <summary>
/// Runs a command in a container with this process's stdin, stdout and stderr; its exit code becomes ours. The command's
/// process id is written to <see cref="LxcCalls.StatusFd"/>. Its environment comes over <see cref="LxcCalls.EnvironmentFd"/>
/// and never becomes ours: a user's LD_PRELOAD must not reach a process of the host.
/// </summary>
internal static unsafe class ExecCall
{
    /// <summary>As shells have it: the command could not be run.</summary>
    public const int CannotAttach = 255;

    private const int ClearEnvironment = 1;
    private const int PersonalityDetect = -1;

    public static int Run(string lxcPath, string name, uint uid, uint gid, string directory, ReadOnlySpan<string> command)
    {
        Fd.CloseRangeOnExec(LxcCalls.StatusFd);
        using var container = new LxcContainer(name, lxcPath);
        var arguments = ToNative(command);
        var native = new AttachCommand { Program = arguments[0], Arguments = arguments };
        var groups = gid;
        var options = new AttachOptions
        {
            Flags = AttachOptions.Default | AttachOptions.SetGroups,
            Namespaces = -1,
            Personality = PersonalityDetect,
            InitialDirectory = (byte*)Marshal.StringToCoTaskMemUTF8(directory),
            Uid = uid,
            Gid = gid,
            EnvironmentPolicy = ClearEnvironment,
            ExtraEnvironment = ToNative(ReadEnvironment()),
            Stdin = 0,
            Stdout = 1,
            Stderr = 2,
            LogFd = -1,
            GroupCount = 1,
            Groups = &groups,
        };
        if (container.Attach(&native, &options) is not { } pid)
        {
            return CannotAttach;
        }

        StandardStreams.Write(LxcCalls.StatusFd, BitConverter.GetBytes(pid));
        return Child.Wait(pid).Code;
    }

    private static string[] ReadEnvironment() =>
        Encoding.UTF8.GetString(StandardStreams.ReadAll(LxcCalls.EnvironmentFd)).Split('\0', StringSplitOptions.RemoveEmptyEntries);

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
