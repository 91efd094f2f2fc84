using System.Text;
using Berth.Cli.Output;

namespace Berth.Cli.Input;

/// <summary>What is piped or redirected into <c>berth</c>.</summary>
internal static class StandardInput
{
    /// <summary>Standard input is a file or a pipe, so that it may hold a configuration; a terminal or <c>/dev/null</c> holds none.</summary>
    public static bool HoldsData
    {
        get
        {
            var target = new FileInfo("/proc/self/fd/0").LinkTarget ?? "";
            return target.StartsWith("pipe:", StringComparison.Ordinal)
                || (target.StartsWith('/') && !target.StartsWith("/dev/", StringComparison.Ordinal));
        }
    }

    public static string ReadAll()
    {
        using var reader = new StreamReader(StandardStreams.Open(0), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>One line answered by the user.</summary>
    public static string Ask(Session session, string question)
    {
        session.Error.Write(question);
        using var reader = new StreamReader(StandardStreams.Open(0), Encoding.UTF8);
        return reader.ReadLine() ?? "";
    }
}
