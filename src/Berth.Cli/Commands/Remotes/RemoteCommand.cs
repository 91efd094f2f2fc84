using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Input;
using Berth.Cli.Output;
using Berth.Cli.Remotes;

namespace Berth.Cli.Commands.Remotes;

/// <summary><c>berth remote</c>: names for servers of images. Instances run on the server that berth works on.</summary>
internal static class RemoteCommand
{
    private const string NoRemote = "berth works on one server; a remote is a server of images";

    public static Command Build() => new BerthCommand("remote", "Servers of images by name")
    {
        Remarks = "A remote goes before the name of an image, as in: berth launch images:debian/12",
        Examples =
        [
            "berth remote add images https://images.example --protocol simplestreams",
            "berth remote add lab https://lab.example:8443 --public     # public images of an Incus or Berth server",
            "berth launch images:debian/12 web1",
            "berth image copy images:debian/12 local: --alias debian/12 --auto-update",
        ],
    }.With(Add(), List(), Remove(), Rename(), SetUrl(), GetDefault(), Switch());

    private static BerthCommand Add()
    {
        var name = new Argument<string>("name") { Description = "Name of the remote" };
        var url = new Argument<string>("url") { Description = "https address of the server" };
        var protocol = new Option<string>("--protocol") { Description = "simplestreams, or incus", HelpName = "protocol", DefaultValueFactory = _ => Remote.Incus };
        var isPublic = new Option<bool>("--public") { Description = "Only public images of the server (needed with the protocol incus)" };
        var accept = new Option<bool>("--accept-certificate") { Description = "Trust the certificate that the server shows now" };
        return new BerthCommand("add", "Give a server of images a name")
        {
            Examples = ["berth remote add images https://images.example --protocol simplestreams"],
        }.With(name, url, protocol, isPublic, accept).Runs(async (session, result, cancellation) =>
        {
            var remote = new Remote(result.GetValue(name)!, Url(result.GetValue(url)!), result.GetValue(protocol)!);
            if (remote.Protocol is not (Remote.SimpleStreams or Remote.Incus))
            {
                throw CliException.Usage($"there is no protocol \"{remote.Protocol}\"; available: {Remote.SimpleStreams}, {Remote.Incus}");
            }

            if (remote.Protocol == Remote.Incus && !result.GetValue(isPublic))
            {
                throw CliException.Usage($"{NoRemote}: add --public for the public images of {remote.Url}, or --protocol {Remote.SimpleStreams}");
            }

            var remotes = RemoteList.Load();
            var untrusted = await ServerCertificate.ReadUntrustedAsync(new Uri(remote.Url), cancellation);
            if (untrusted is { } shown && !result.GetValue(accept) && !Accepts(session, shown.Fingerprint))
            {
                throw new CliException("the server's certificate was not accepted");
            }

            remotes.Add(remote, untrusted?.Pem);
        });
    }

    private static bool Accepts(Session session, string fingerprint) =>
        StandardInput.Ask(session, $"Nobody vouches for the server's certificate, SHA-256 {fingerprint}\nTrust it (yes/no): ")
            .StartsWith("y", StringComparison.OrdinalIgnoreCase);

    private static string Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.Host.Length > 0
            ? text.TrimEnd('/')
            : throw CliException.Usage($"\"{text}\" is no address of a server: give one that starts with https://");

    private static BerthCommand List()
    {
        var format = CommonOptions.Format();
        return new BerthCommand("list", "List remotes") { Alternatives = ["ls"], Examples = ["berth remote list"] }
            .With(format)
            .Runs((session, result, _) =>
            {
                Column<Remote>[] columns =
                [
                    new('n', "NAME", remote => remote.Name == Remote.Local ? "local (current)" : remote.Name),
                    new('u', "URL", remote => remote.Url),
                    new('p', "PROTOCOL", remote => remote.Protocol),
                    new('P', "PUBLIC", remote => remote.Name == Remote.Local ? "NO" : "YES"),
                ];
                Remote[] all = [new(Remote.Local, "unix://" + Session.SocketPath, Remote.Incus), .. RemoteList.Load().All];
                Listing.Write(session.Out, OutputFormat.Parse(result.GetValue(format)!), columns, all, () => all.Select(ToJson));
                return Task.CompletedTask;
            });
    }

    private static JsonElement ToJson(Remote remote) => JsonSerializer.SerializeToElement(
        new JsonObject { ["name"] = remote.Name, ["addr"] = remote.Url, ["protocol"] = remote.Protocol, ["public"] = remote.Name != Remote.Local },
        BerthJson.Default.JsonObject);

    private static BerthCommand Remove()
    {
        var name = new Argument<string>("name") { Description = "Name of the remote" };
        return new BerthCommand("remove", "Forget a remote; images from it stay, and no longer need it") { Alternatives = ["rm"], Examples = ["berth remote remove lab"] }
            .With(name)
            .Runs((_, result, _) => Do(remotes => remotes.Remove(Bare(result.GetValue(name)!))));
    }

    private static BerthCommand Rename()
    {
        var name = new Argument<string>("name") { Description = "Name of the remote" };
        var newName = new Argument<string>("new-name") { Description = "The new name" };
        return new BerthCommand("rename", "Give a remote another name") { Examples = ["berth remote rename lab old-lab"] }
            .With(name, newName)
            .Runs((_, result, _) => Do(remotes => remotes.Rename(Bare(result.GetValue(name)!), Bare(result.GetValue(newName)!))));
    }

    private static BerthCommand SetUrl()
    {
        var name = new Argument<string>("name") { Description = "Name of the remote" };
        var url = new Argument<string>("url") { Description = "https address of the server" };
        return new BerthCommand("set-url", "Give a remote another address") { Examples = ["berth remote set-url lab https://lab2.example:8443"] }
            .With(name, url)
            .Runs((_, result, _) => Do(remotes => remotes.SetUrl(Bare(result.GetValue(name)!), Url(result.GetValue(url)!))));
    }

    private static BerthCommand GetDefault() =>
        new BerthCommand("get-default", "Print the remote that commands work on").Runs((session, _, _) =>
        {
            session.Out.WriteLine(Remote.Local);
            return Task.CompletedTask;
        });

    private static BerthCommand Switch()
    {
        var name = new Argument<string>("name") { Description = "Name of the remote" };
        return new BerthCommand("switch", "Choose the remote that commands work on").With(name).Runs((_, result, _) =>
            Bare(result.GetValue(name)!) == Remote.Local ? Task.CompletedTask : throw CliException.Usage($"{NoRemote}: instances run on {Remote.Local}"));
    }

    private static string Bare(string name) => name.EndsWith(':') ? name[..^1] : name;

    private static Task Do(Action<RemoteList> change)
    {
        change(RemoteList.Load());
        return Task.CompletedTask;
    }
}
