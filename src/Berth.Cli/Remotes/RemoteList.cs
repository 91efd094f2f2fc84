using System.Text.Json.Nodes;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Remotes;

/// <summary>The servers of images that are known by a name, in <c>~/.config/berth/config.yml</c>; their certificates lie in <c>servercerts</c>.</summary>
internal sealed class RemoteList
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly JsonObject _config;

    private RemoteList(JsonObject config) => _config = config;

    private static string File => Path.Combine(ConfigDirectory.Path, "config.yml");

    public IEnumerable<Remote> All => Map.Select(entry => Read(entry.Key, entry.Value as JsonObject)).OrderBy(remote => remote.Name, StringComparer.Ordinal);

    private JsonObject Map
    {
        get
        {
            if (_config["remotes"] is not JsonObject map)
            {
                _config["remotes"] = map = [];
            }

            return map;
        }
    }

    /// <exception cref="CliException">The file is no YAML map.</exception>
    public static RemoteList Load() => new(System.IO.File.Exists(File) ? YamlReader.ParseMap(System.IO.File.ReadAllText(File)) : []);

    /// <exception cref="CliException">There is none of this name; the message says which there are.</exception>
    public Remote Get(string name) => Map[name] is JsonObject map ? Read(name, map) : throw CliException.Usage(
        $"there is no remote \"{name}\"; there are: {string.Join(", ", All.Select(remote => remote.Name).Prepend(Remote.Local))}. "
        + $"Add it with: berth remote add {name} https://SERVER --protocol simplestreams");

    public void Add(Remote remote, string? certificate)
    {
        CheckName(remote.Name);
        if (Map.ContainsKey(remote.Name))
        {
            throw new CliException($"the remote {remote.Name} exists already; remove it first, or give it another address with: berth remote set-url");
        }

        if (certificate is not null)
        {
            Write(CertificateFile(remote.Name), certificate);
        }

        Put(remote);
    }

    public void SetUrl(string name, string url) => Put(Get(name) with { Url = url });

    public void Remove(string name)
    {
        Get(name);
        Map.Remove(name);
        Save();
        System.IO.File.Delete(CertificateFile(name));
    }

    public void Rename(string name, string newName)
    {
        var remote = Get(name);
        Add(remote with { Name = newName }, Certificate(name) is { Length: > 0 } pem ? pem : null);
        Remove(name);
    }

    /// <summary>The one certificate that the server must show, PEM; empty where the host's authorities decide.</summary>
    public static string Certificate(string name) =>
        System.IO.File.Exists(CertificateFile(name)) ? System.IO.File.ReadAllText(CertificateFile(name)) : "";

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > 64 || name == Remote.Local || name.StartsWith('-') || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) || name[0] == '.')
        {
            throw CliException.Usage($"\"{name}\" cannot be the name of a remote: letters, digits and - _ . only, and not {Remote.Local}");
        }
    }

    private static string CertificateFile(string name) => Path.Combine(ConfigDirectory.Path, "servercerts", name + ".crt");

    private static Remote Read(string name, JsonObject? map) => new(
        name,
        map?["addr"] is JsonValue url && url.TryGetValue<string>(out var address) ? address : "",
        map?["protocol"] is JsonValue protocol && protocol.TryGetValue<string>(out var text) ? text : Remote.Incus);

    private void Put(Remote remote)
    {
        Map[remote.Name] = new JsonObject { ["addr"] = remote.Url, ["protocol"] = remote.Protocol, ["public"] = true };
        Save();
    }

    private void Save()
    {
        var text = new StringWriter();
        YamlWriter.Write(text, _config);
        Write(File, text.ToString());
    }

    /// <summary>Readable for the user alone: an address may hold a password.</summary>
    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var part = path + ".new";
        using (var file = new FileStream(part, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Private }))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }

        System.IO.File.Move(part, path, overwrite: true);
    }
}
