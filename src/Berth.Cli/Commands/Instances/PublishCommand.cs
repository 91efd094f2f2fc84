using System.CommandLine;
using System.Globalization;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Images;
using Berth.Cli.Input;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth publish</c>: an image of an instance.</summary>
internal static class PublishCommand
{
    public static Command Build()
    {
        var instance = Completed.Instance();
        instance.Description = "Instance, or instance/snapshot";
        var words = new Argument<string[]>("key=value") { Description = "Properties of the image", Arity = ArgumentArity.ZeroOrMore };
        var aliases = CommonOptions.Many("Alias of the image", "alias", "--alias");
        var isPublic = new Option<bool>("--public") { Description = "Anybody may read the image" };
        var force = new Option<bool>("--force", "-f") { Description = "Stop the instance if it runs, and start it again afterwards" };
        var reuse = new Option<bool>("--reuse") { Description = "Move an alias that is there already to the new image" };
        var compression = new Option<string?>("--compression") { Description = "none, gzip, zstd, xz, …, also with a level: \"zstd -9\"", HelpName = "program" };
        var expire = new Option<string?>("--expire") { Description = "When the image expires, as in 2027-01-31T12:00:00Z", HelpName = "time" };
        var format = new Option<string>("--format") { Description = "unified or split (default: unified for containers, split for virtual machines)", HelpName = "format", DefaultValueFactory = _ => "" };
        return new BerthCommand("publish", "Make an image of an instance")
        {
            Examples = ["berth publish web1 --alias web --force", "berth publish web1 --alias web --compression \"zstd -9\" os=debian release=12"],
        }.With(instance, words, aliases, isPublic, force, reuse, compression, expire, format).Runs(async (session, result, cancellation) =>
        {
            var (name, snapshot) = Names.Split(result.GetValue(instance)!);
            var names = result.GetValue(aliases)!;
            var moved = result.GetValue(reuse) ? names : [];
            var request = new ImagesPost
            {
                Source = new() { Type = snapshot.Length > 0 ? "snapshot" : "instance", Name = snapshot.Length > 0 ? $"{name}/{snapshot}" : name },
                Properties = KeyValues.ParseAll(result.GetValue(words)!.Where(word => word != "local:")),
                Aliases = [.. names.Except(moved).Select(alias => new ImageAlias { Name = alias })],
                Public = result.GetValue(isPublic),
                CompressionAlgorithm = result.GetValue(compression) ?? "",
                ExpiresAt = Time(result.GetValue(expire)),
                Format = result.GetValue(format)!,
            };
            var stopped = snapshot.Length == 0 && result.GetValue(force) && await StopAsync(session, name, cancellation);
            try
            {
                var reply = await session.Client.PostAsync(Paths.Images, request, BerthJson.Default.ImagesPost, cancellation);
                var operation = await session.WaitAsync(reply, $"Publishing {name}", cancellation);
                var fingerprint = operation.Metadata?["fingerprint"]?.GetValue<string>() ?? throw new CliException("the server did not say which image it made");
                foreach (var alias in moved)
                {
                    await ImageAliasCommands.PointAsync(session, alias, fingerprint, "", cancellation);
                }

                session.Say($"Instance published with fingerprint: {fingerprint}");
            }
            finally
            {
                if (stopped)
                {
                    await ChangeAsync(session, name, "start", CancellationToken.None);
                }
            }
        });
    }

    private static async Task<bool> StopAsync(Session session, string name, CancellationToken cancellation)
    {
        var state = await session.Client.GetAsync(Paths.Instance(name), BerthJson.Default.Instance, cancellation);
        if (state.StatusCode == StatusCode.Stopped)
        {
            return false;
        }

        await ChangeAsync(session, name, "stop", cancellation);
        return true;
    }

    private static async Task ChangeAsync(Session session, string name, string action, CancellationToken cancellation)
    {
        var change = new InstanceStatePut { Action = action, Timeout = -1, Force = action == "stop" };
        var reply = await session.Client.PutAsync(Paths.Instance(name) + "/state", change, BerthJson.Default.InstanceStatePut, cancellation);
        await session.WaitAsync(reply, action == "stop" ? $"Stopping {name}" : $"Starting {name}", cancellation);
    }

    private static DateTimeOffset Time(string? text) =>
        text is null ? default
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) ? time
        : throw CliException.Usage($"\"{text}\" is no time: write for example 2027-01-31T12:00:00Z");
}
