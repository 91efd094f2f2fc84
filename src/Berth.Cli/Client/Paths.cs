namespace Berth.Cli.Client;

/// <summary>Paths of the API, with names escaped.</summary>
internal static class Paths
{
    public const string Instances = "/1.0/instances";
    public const string Images = "/1.0/images";
    public const string ImageAliases = "/1.0/images/aliases";
    public const string Pools = "/1.0/storage-pools";
    public const string Networks = "/1.0/networks";
    public const string Profiles = "/1.0/profiles";
    public const string Projects = "/1.0/projects";
    public const string Operations = "/1.0/operations";

    public static string Instance(string name) => Join(Instances, name);

    public static string Image(string fingerprint) => Join(Images, fingerprint);

    public static string Alias(string name) => Join(ImageAliases, name);

    public static string Pool(string name) => Join(Pools, name);

    public static string Network(string name) => Join(Networks, name);

    public static string Profile(string name) => Join(Profiles, name);

    public static string Project(string name) => Join(Projects, name);

    public static string Join(string parent, string name) => string.Concat(parent, "/", Uri.EscapeDataString(name));
}
