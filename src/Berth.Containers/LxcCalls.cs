namespace Berth.Containers;

/// <summary>What berth-lxc is called with: the first word of its command line. Part of both programs.</summary>
internal static class LxcCalls
{
    /// <summary><c>start LXCPATH NAME CONFIG PIDFILE</c>: returns when init runs.</summary>
    public const string Start = "start";

    /// <summary><c>exec LXCPATH NAME</c>, with an <see cref="ExecRequest"/> from <see cref="RequestFd"/> and <see cref="StatusFd"/>.</summary>
    public const string Exec = "exec";

    /// <summary><c>console LXCPATH NAME</c>: prints the number of its descriptor of the console, and ends with its stdin.</summary>
    public const string Console = "console";

    /// <summary><c>version</c>: prints liblxc's version.</summary>
    public const string Version = "version";

    /// <summary>The descriptor to which exec writes the command's process id: four bytes, in the order of this machine.</summary>
    public const int StatusFd = 3;

    /// <summary>The descriptor from which exec reads its request, to the end.</summary>
    public const int RequestFd = 4;
}
