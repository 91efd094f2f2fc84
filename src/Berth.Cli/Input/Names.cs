namespace Berth.Cli.Input;

/// <summary>Names as the <c>incus</c> client writes them, with an optional remote. Berth talks to one server: <c>local:</c>.</summary>
internal static class Names
{
    /// <summary>The name without its remote.</summary>
    /// <exception cref="CliException">The remote is another one than <c>local:</c>.</exception>
    public static string Local(string name)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || name.AsSpan(0, colon).Contains('/'))
        {
            return name;
        }

        var remote = name[..colon];
        return remote == "local"
            ? name[(colon + 1)..]
            : throw CliException.Usage(
                $"\"{remote}:\" cannot be used here: berth works on its own server only (local:); a remote is a server of images, for launch, create and image copy");
    }

    /// <summary>Splits <c>instance/rest</c>; the rest is empty where there is no slash.</summary>
    public static (string Instance, string Path) Split(string name)
    {
        var local = Local(name);
        var slash = local.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (local, "") : (local[..slash], local[(slash + 1)..]);
    }

    /// <summary>The last part of a path of the API, as in <c>/1.0/profiles/default</c>, without its query.</summary>
    public static string OfPath(string path)
    {
        var bare = path.Split('?')[0];
        return Uri.UnescapeDataString(bare[(bare.LastIndexOf('/') + 1)..]);
    }
}
