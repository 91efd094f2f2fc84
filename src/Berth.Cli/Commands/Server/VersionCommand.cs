using System.CommandLine;
using Berth.Api;

namespace Berth.Cli.Commands.Server;

/// <summary><c>berth version</c>.</summary>
internal static class VersionCommand
{
    public static Command Build() => new BerthCommand("version", "Show the versions of the client and the server")
    {
        Examples = ["berth version"],
    }.Runs(async (session, _, cancellation) =>
    {
        session.Out.WriteLine($"Client version: {BerthVersion.Text}");
        try
        {
            var server = await session.Client.GetAsync("/1.0", BerthJson.Default.Server, cancellation);
            session.Out.WriteLine($"Server version: {server.Environment.ServerVersion}");
        }
        catch (CliException)
        {
            // As incus has it: the client's version is an answer even without a server.
            session.Out.WriteLine("Server version: unreachable");
        }
    });
}
