using System.CommandLine;

namespace Berth.Cli.Commands;

/// <summary>What the <c>incus</c> client has and Berth does not: said, instead of an unknown command.</summary>
internal static class NotHere
{
    public static Command Command(string name, string what, string instead)
    {
        var rest = new Argument<string[]>("arguments") { Arity = ArgumentArity.ZeroOrMore, Hidden = true };
        return new BerthCommand(name, $"Not in this version: {what}") { Hidden = true, TreatUnmatchedTokensAsErrors = false }
            .With(rest)
            .Runs((_, _, _) => Task.FromException(new CliException($"berth has no \"{name}\": {what} are not in this version; {instead}")));
    }
}
