using System.CommandLine;

namespace Berth.Cli;

/// <summary>A top-level command that is built only when it is the one called.</summary>
internal sealed record CommandEntry(string Group, string Name, string Summary, Func<Command> Build, params string[] Aliases);
