using System.CommandLine;
using System.CommandLine.Completions;
using Berth.Api;
using Berth.Cli.Client;

namespace Berth.Cli.Commands;

/// <summary>Arguments whose values the shell can complete with the names on the server.</summary>
internal static class Completed
{
    public static Argument<string> Instance(string name = "instance") => Named(name, "Name of the instance", Paths.Instances);

    public static Argument<string[]> Instances() => Many("instance", "Names of instances", Paths.Instances);

    public static Argument<string> Image(string description = "Alias or fingerprint of the image") => Named("image", description, Paths.ImageAliases);

    public static Argument<string> Pool() => Named("pool", "Name of the storage pool", Paths.Pools);

    public static Argument<string> Network() => Named("network", "Name of the network", Paths.Networks);

    public static Argument<string> Profile() => Named("profile", "Name of the profile", Paths.Profiles);

    public static Argument<string> Project() => Named("project", "Name of the project", Paths.Projects);

    public static Argument<string> Named(string name, string description, string collection) =>
        new(name) { Description = description, CompletionSources = { _ => Names(collection) } };

    public static Argument<string[]> Many(string name, string description, string collection) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrMore,
        CompletionSources = { _ => Names(collection) },
    };

    private static IEnumerable<CompletionItem> Names(string collection)
    {
        try
        {
            using var client = new BerthClient(Session.SocketPath, CurrentProject.Read());
            return [.. client.Get(collection).As(BerthJson.Default.StringList).Select(path => new CompletionItem(Name(path, collection)))];
        }
        catch (Exception e) when (e is HttpRequestException or ApiException or CliException or IOException or OperationCanceledException)
        {
            // Without a daemon there is nothing to complete with.
            return [];
        }
    }

    private static string Name(string path, string collection) =>
        Uri.UnescapeDataString(path.Split('?')[0] is var bare && bare.StartsWith(collection + "/", StringComparison.Ordinal)
            ? bare[(collection.Length + 1)..]
            : bare);
}
