using System.Text.Json.Nodes;
using Berth.Cli.Client;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Config;

/// <summary>A thing of the API that has a configuration, which can be shown, edited and changed key by key.</summary>
/// <param name="Noun">What people call it.</param>
/// <param name="Path">Its path.</param>
/// <param name="Editable">The fields that a PUT takes; the others are the server's.</param>
/// <param name="Keys">The field that holds the keys: <c>config</c>, of images <c>properties</c>.</param>
internal sealed record Resource(string Noun, string Path, IReadOnlyList<string> Editable, string Keys = "config")
{
    private static readonly string[] s_instance =
        ["architecture", "config", "devices", "ephemeral", "profiles", "stateful", "description"];

    public static Resource Instance(string name) => Names.Split(name) switch
    {
        (var instance, { Length: > 0 } snapshot) => new("snapshot", Paths.Join(Paths.Instance(instance) + "/snapshots", snapshot), ["expires_at"]),
        (var instance, _) => new("instance", Paths.Instance(instance), s_instance),
    };

    public static Resource Server() => new("server", "/1.0", ["config"]);

    public static Resource Profile(string name) => new("profile", Paths.Profile(Names.Local(name)), ["config", "description", "devices"]);

    public static Resource Network(string name) => new("network", Paths.Network(Names.Local(name)), ["config", "description"]);

    public static Resource Pool(string name) => new("storage pool", Paths.Pool(Names.Local(name)), ["config", "description"]);

    public static Resource Project(string name) => new("project", Paths.Project(Names.Local(name)), ["config", "description"]);

    public static Resource Volume(string pool, string name) => Names.Split(name) switch
    {
        (var type, { Length: > 0 } volume) => new("volume", Paths.Join(Paths.Join(Paths.Pool(Names.Local(pool)) + "/volumes", type), volume), ["config", "description"]),
        (var volume, _) => new("volume", Paths.Join(Paths.Pool(Names.Local(pool)) + "/volumes/custom", volume), ["config", "description"]),
    };

    public static Resource Image(string fingerprint) =>
        new("image", Paths.Image(fingerprint), ["auto_update", "expires_at", "profiles", "properties", "public"], "properties");

    public async Task ShowAsync(Session session, bool expanded, CancellationToken cancellation)
    {
        var shown = (await session.Client.GetAsync(Path, cancellation)).AsObject();
        if (Noun == "instance")
        {
            // As incus shows it: either what is set on the instance, or what comes out with its profiles, never both.
            foreach (var key in (string[])["config", "devices"])
            {
                if (expanded)
                {
                    shown[key] = shown["expanded_" + key]?.DeepClone();
                }

                shown.Remove("expanded_" + key);
            }

            shown = Chosen(shown);
        }

        YamlWriter.Write(session.Out, shown);
    }

    public async Task EditAsync(Session session, CancellationToken cancellation)
    {
        var reply = await session.Client.GetAsync(Path, cancellation);
        var current = Chosen(reply.AsObject());
        var text = new StringWriter();
        text.WriteLine($"# The {Noun} as YAML. Lines that start with # are left out.");
        text.WriteLine($"# What can be changed: {string.Join(", ", Editable)}.");
        YamlWriter.Write(text, current);
        await Editor.EditAsync(
            session,
            text.ToString(),
            async changed =>
            {
                var map = YamlReader.ParseMap(changed);
                var body = Chosen(map);
                Stringify.Values(body[Keys]);
                foreach (var (_, device) in body["devices"] as JsonObject ?? [])
                {
                    Stringify.Values(device);
                }

                await session.WaitAsync(await session.Client.PutAsync(Path, body, reply.ETag, cancellation), $"Updating the {Noun}", cancellation);
            },
            cancellation);
    }

    /// <summary>Changes the thing: reads it, lets <paramref name="change"/> work on its editable fields, and writes it back unless somebody else did.</summary>
    public async Task ChangeAsync(Session session, Action<JsonObject> change, CancellationToken cancellation)
    {
        var reply = await session.Client.GetAsync(Path, cancellation);
        var body = Chosen(reply.AsObject());
        change(body);
        await session.WaitAsync(await session.Client.PutAsync(Path, body, reply.ETag, cancellation), $"Updating the {Noun}", cancellation);
    }

    public Task SetAsync(Session session, IReadOnlyDictionary<string, string> values, bool asProperties, CancellationToken cancellation) =>
        ChangeAsync(session, body =>
        {
            foreach (var (key, value) in values)
            {
                if (asProperties)
                {
                    SetProperty(body, key, value);
                }
                else
                {
                    Map(body, Keys)[key] = value;
                }
            }
        }, cancellation);

    public Task UnsetAsync(Session session, string key, bool asProperty, CancellationToken cancellation) =>
        ChangeAsync(session, body =>
        {
            if (asProperty)
            {
                SetProperty(body, key, "");
            }
            else if (!Map(body, Keys).Remove(key))
            {
                throw new CliException($"{key} is not set on this {Noun}");
            }
        }, cancellation);

    public async Task<string> GetAsync(Session session, string key, bool asProperty, bool expanded, CancellationToken cancellation)
    {
        var shown = (await session.Client.GetAsync(Path, cancellation)).AsObject();
        var value = asProperty ? shown[key] : (shown[expanded ? "expanded_" + Keys : Keys] as JsonObject)?[key];
        if (asProperty && !shown.ContainsKey(key))
        {
            throw new CliException($"a {Noun} has no property {key}; there are: {string.Join(", ", shown.Select(entry => entry.Key))}");
        }

        return value switch
        {
            null => "",
            JsonValue text when text.TryGetValue<string>(out var plain) => plain,
            _ => value.ToJsonString(),
        };
    }

    internal static JsonObject Map(JsonObject body, string key)
    {
        if (body[key] is not JsonObject map)
        {
            body[key] = map = [];
        }

        return map;
    }

    private void SetProperty(JsonObject body, string key, string value)
    {
        if (!Editable.Contains(key, StringComparer.Ordinal) || body[key] is JsonObject or JsonArray)
        {
            throw new CliException($"{key} is no property of a {Noun} that can be set; there are: "
                + string.Join(", ", Editable.Where(name => body[name] is not (JsonObject or JsonArray))));
        }

        body[key] = body[key] is JsonValue old && old.TryGetValue<bool>(out _)
            ? JsonValue.Create(bool.TryParse(value, out var flag) ? flag : value.Length == 0 ? false : throw CliException.Usage($"{key} is true or false"))
            : value;
    }

    private JsonObject Chosen(JsonObject from)
    {
        var body = new JsonObject();
        foreach (var key in Editable)
        {
            if (from.ContainsKey(key))
            {
                body[key] = from[key]?.DeepClone();
            }
        }

        return body;
    }
}
