using System.CommandLine;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Config;

/// <summary><c>berth config metadata</c> and <c>berth config template</c>: what an instance keeps of its image.</summary>
internal static class MetadataCommands
{
    public static BerthCommand BuildMetadata() => new BerthCommand("metadata", "Show and edit an instance's image metadata")
    {
        Examples = ["berth config metadata show web1", "berth config metadata edit web1 < metadata.yaml"],
    }.With(ShowMetadata(), EditMetadata());

    public static BerthCommand BuildTemplate() => new BerthCommand("template", "Manage an instance's file templates")
    {
        Examples = ["berth config template list web1", "berth config template show web1 hostname.tpl", "berth config template create web1 motd.tpl < motd"],
    }.With(ListTemplates(), ShowTemplate(), WriteTemplate("create", "Add a template; its content is read from standard input"), WriteTemplate("edit", "Change a template"), DeleteTemplate());

    private static string Metadata(string instance) => Paths.Instance(Names.Local(instance)) + "/metadata";

    private static string Template(string instance, string name) => $"{Metadata(instance)}/templates?path={Uri.EscapeDataString(name)}";

    private static BerthCommand ShowMetadata()
    {
        var instance = Completed.Instance();
        return new BerthCommand("show", "Show the metadata as YAML").With(instance).Runs(async (session, result, cancellation) =>
            YamlWriter.Write(session.Out, (await session.Client.GetAsync(Metadata(result.GetValue(instance)!), cancellation)).AsObject()));
    }

    private static BerthCommand EditMetadata()
    {
        var instance = Completed.Instance();
        return new BerthCommand("edit", "Edit the metadata as YAML").With(instance).Runs(async (session, result, cancellation) =>
        {
            var path = Metadata(result.GetValue(instance)!);
            var reply = await session.Client.GetAsync(path, cancellation);
            var text = new StringWriter();
            YamlWriter.Write(text, reply.AsObject());
            await Editor.EditAsync(
                session,
                text.ToString(),
                async changed =>
                {
                    var body = YamlReader.ParseMap(changed);
                    Stringify.Values(body["properties"]);
                    foreach (var (_, template) in body["templates"] as JsonObject ?? [])
                    {
                        Stringify.Values((template as JsonObject)?["properties"]);
                    }

                    await session.Client.PutAsync(path, body, reply.ETag, cancellation);
                },
                cancellation);
        });
    }

    private static BerthCommand ListTemplates()
    {
        var instance = Completed.Instance();
        var format = CommonOptions.Format();
        return new BerthCommand("list", "List the templates") { Alternatives = ["ls"] }.With(instance, format).Runs(async (session, result, cancellation) =>
        {
            var reply = await session.Client.GetAsync(Metadata(result.GetValue(instance)!) + "/templates", cancellation);
            Listing.Write(
                session.Out, OutputFormat.Parse(result.GetValue(format)!), [new Column<string>('f', "FILENAME", name => name)],
                reply.As(BerthJson.Default.StringList), () => reply.Metadata.EnumerateArray());
        });
    }

    private static BerthCommand ShowTemplate()
    {
        var (instance, name) = (Completed.Instance(), Name());
        return new BerthCommand("show", "Print a template").With(instance, name).Runs(async (session, result, cancellation) =>
            session.Out.Write(await ReadAsync(session, Template(result.GetValue(instance)!, result.GetValue(name)!), cancellation)));
    }

    private static BerthCommand WriteTemplate(string verb, string description)
    {
        var (instance, name) = (Completed.Instance(), Name());
        return new BerthCommand(verb, description).With(instance, name).Runs(async (session, result, cancellation) =>
        {
            var path = Template(result.GetValue(instance)!, result.GetValue(name)!);
            var present = verb == "edit" ? await ReadAsync(session, path, cancellation) : "";
            if (verb == "create" && Terminal.TerminalSize.IsTerminal(0))
            {
                // As incus: an empty one, which "edit" fills.
                await SendAsync("");
                return;
            }

            await Editor.EditAsync(session, present, SendAsync, cancellation);

            async Task SendAsync(string text)
            {
                using var content = new StringContent(text);
                await session.Client.SendAsync(HttpMethod.Post, path, content, null, cancellation);
            }
        });
    }

    private static BerthCommand DeleteTemplate()
    {
        var (instance, name) = (Completed.Instance(), Name());
        return new BerthCommand("delete", "Delete a template") { Alternatives = ["rm"] }.With(instance, name).Runs(async (session, result, cancellation) =>
            await session.Client.DeleteAsync(Template(result.GetValue(instance)!, result.GetValue(name)!), cancellation));
    }

    private static Argument<string> Name() => new("template") { Description = "Name of the template's file" };

    private static async Task<string> ReadAsync(Session session, string path, CancellationToken cancellation)
    {
        using var request = session.Client.Request(HttpMethod.Get, path);
        using var response = await session.Client.OpenAsync(request, cancellation);
        return await response.Content.ReadAsStringAsync(cancellation);
    }
}
