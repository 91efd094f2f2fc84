using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Config;

/// <summary><c>berth config trust</c>: who may use the server over the network.</summary>
internal static class TrustCommand
{
    private const string Certificates = "/1.0/certificates";

    private static readonly ListBuilder<Certificate> s_list = new(
        "List trusted clients",
        [
            new('n', "NAME", certificate => certificate.Name),
            new('t', "TYPE", certificate => certificate.Type),
            new('c', "COMMON NAME", certificate => Read(certificate)?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) ?? ""),
            new('f', "FINGERPRINT", certificate => certificate.Fingerprint[..Math.Min(12, certificate.Fingerprint.Length)]),
            new('d', "DESCRIPTION", certificate => certificate.Description),
            new('i', "ISSUE DATE", certificate => Read(certificate) is { } c ? Sizes.Time(c.NotBefore) : ""),
            new('e', "EXPIRY DATE", certificate => Read(certificate) is { } c ? Sizes.Time(c.NotAfter) : ""),
            new('r', "RESTRICTED", certificate => certificate.Restricted ? "yes" : "no"),
            new('p', "PROJECTS", certificate => string.Join('\n', certificate.Projects)),
        ],
        "ntdfe",
        BerthJson.Default.CertificateList)
    {
        Key = certificate => certificate.Name,
        Examples = ["berth config trust list", "berth config trust list -c nfrp"],
    };

    public static Command Build()
    {
        var common = new ResourceCommands("config trust", "certificate", Trusted, Fingerprint);
        return new BerthCommand("trust", "Manage trusted clients: who may use this server over the network")
        {
            Examples = ["berth config set core.https_address=:8443", "berth config trust add alice", "berth config trust add ci --restricted --projects shop"],
        }.With(s_list.Build(_ => Certificates), common.Show(), common.Edit(), Add(), AddCertificate(), Remove(), TrustTokenCommands.List(), TrustTokenCommands.Revoke());
    }

    private static Resource Trusted(string fingerprint) =>
        new("certificate", Paths.Join(Certificates, Names.Local(fingerprint)), ["name", "type", "restricted", "projects", "certificate", "description"]);

    private static Argument<string> Fingerprint() => Completed.Named("fingerprint", "Fingerprint of the certificate, or its beginning", Certificates);

    private static X509Certificate2? Read(Certificate certificate) =>
        certificate.CertificateValue.Length > 0 ? X509Certificate2.CreateFromPem(certificate.CertificateValue) : null;

    private static (Option<bool> Restricted, Option<string?> Projects) Restriction() => (
        new("--restricted") { Description = "Let the client use some projects only" },
        new("--projects") { Description = "The projects that a restricted client may use, separated by commas", HelpName = "projects" });

    private static JsonArray List(string? projects) =>
        [.. (projects ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(p => (JsonNode?)JsonValue.Create(p))];

    private static BerthCommand Add()
    {
        var name = new Argument<string>("name") { Description = "Name of the new client" };
        var (restricted, projects) = Restriction();
        return new BerthCommand("add", "Make a token with which a client becomes trusted, once")
        {
            Remarks = "The client uses it with: incus remote add NAME TOKEN",
            Examples = ["berth config trust add alice", "berth config trust add ci --restricted --projects shop"],
        }.With(name, restricted, projects).Runs(async (session, result, cancellation) =>
        {
            var client = Names.Local(result.GetValue(name)!);
            var reply = await session.Client.PostAsync(
                Certificates,
                new JsonObject
                {
                    ["name"] = client,
                    ["type"] = "client",
                    ["token"] = true,
                    ["restricted"] = result.GetValue(restricted),
                    ["projects"] = List(result.GetValue(projects)),
                },
                cancellation);
            session.Say($"Client {client} certificate add token:");
            session.Out.WriteLine(TrustTokenCommands.TokenOf(reply.AsOperation()));
        });
    }

    private static BerthCommand AddCertificate()
    {
        var file = new Argument<string>("cert") { Description = "File with the client's certificate (PEM)" };
        var name = new Option<string?>("--name") { Description = "Name of the client; left out, its file's name", HelpName = "name" };
        var description = new Option<string?>("--description") { Description = "Description of the client", HelpName = "text" };
        var type = new Option<string>("--type") { Description = "client, or metrics for /1.0/metrics alone", DefaultValueFactory = _ => "client" };
        var (restricted, projects) = Restriction();
        return new BerthCommand("add-certificate", "Trust a client by its certificate")
        {
            Examples = ["berth config trust add-certificate alice.crt", "berth config trust add-certificate prometheus.crt --type metrics"],
        }.With(file, name, description, type, restricted, projects).Runs(async (session, result, cancellation) =>
        {
            var path = result.GetValue(file)!;
            if (!File.Exists(path))
            {
                throw new CliException($"there is no file {path}");
            }

            await session.Client.PostAsync(
                Certificates,
                new JsonObject
                {
                    ["name"] = result.GetValue(name) ?? Path.GetFileName(path),
                    ["description"] = result.GetValue(description) ?? "",
                    ["type"] = result.GetValue(type),
                    ["certificate"] = await File.ReadAllTextAsync(path, cancellation),
                    ["restricted"] = result.GetValue(restricted),
                    ["projects"] = List(result.GetValue(projects)),
                },
                cancellation);
        });
    }

    private static BerthCommand Remove()
    {
        var fingerprint = Fingerprint();
        return new BerthCommand("remove", "Trust a client no longer") { Alternatives = ["rm"], Examples = ["berth config trust remove 3f1c9a"] }
            .With(fingerprint)
            .Runs((session, result, cancellation) => session.Client.DeleteAsync(Trusted(result.GetValue(fingerprint)!).Path, cancellation));
    }
}
