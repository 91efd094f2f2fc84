using System.Globalization;
using Berth.Linux;
using Berth.Linux.Processes;

namespace Berth.Agent;

/// <summary>
/// The step between the agent and a program that runs as another user: posix_spawn(3) changes no ids, so the agent starts itself
/// in this role, which changes them and becomes the program.
/// </summary>
internal static class RunAs
{
    public const string Verb = "run-as";

    public static string[] Wrap(uint uid, uint gid, uint[] groups, string directory, string program, string[] command) =>
    [
        "/proc/self/exe", Verb, Text(uid), Text(gid), string.Join(',', groups.Select(Text)), directory, program, .. command,
    ];

    /// <summary>Returns only on failure: 127 when the program is not there, else 126, as a shell says it.</summary>
    public static int Execute(string[] args)
    {
        if (args.Length < 6)
        {
            return 2;
        }
        try
        {
            Credentials.Become(Number(args[0]), Number(args[1]), [.. args[2].Split(',').Select(Number)]);
            Directory.SetCurrentDirectory(args[3]);
            Credentials.Execute(args[4], args[5..]);
            return 126;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine("berth-agent: " + e.Message);
            return e is LinuxException { Errno: Errno.ENOENT } ? 127 : 126;
        }
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}
