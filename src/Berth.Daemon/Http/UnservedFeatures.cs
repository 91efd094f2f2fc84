namespace Berth.Daemon.Http;

/// <summary>What the Incus API has and Berth does not, by the paths that belong to it. A path that is served never gets here.</summary>
internal static class UnservedFeatures
{
    /// <summary>Path (<c>*</c>: any one segment; all that begins so belongs to it) → the feature's name. The first that fits is taken.</summary>
    private static readonly (string[] Path, string Feature)[] Features =
    [
        .. new (string Path, string Feature)[]
        {
            ("1.0/cluster", "clusters"),
            ("1.0/instances/*/backups", "backups of instances"),
            ("1.0/instances/*/bitmaps", "dirty bitmaps"),
            ("1.0/instances/*/debug/memory", "memory dumps of machines"),
            ("1.0/instances/*/debug/repair", "repair actions"),
            ("1.0/instances/*/nbd", "NBD access to disks"),
            ("1.0/instances/*/nvram", "reading and changing UEFI variables"),
            ("1.0/instances/*/port-forward", "forwarding of ports over the API (use a proxy device)"),
            ("1.0/instances/*/rebuild", "rebuilding instances"),
            ("1.0/instances/*/snapshots", "snapshots of instances"),
            ("1.0/network-acls", "network ACLs"),
            ("1.0/network-address-sets", "network address sets"),
            ("1.0/network-allocations", "the list of network allocations"),
            ("1.0/network-integrations", "network integrations"),
            ("1.0/network-zones", "network zones (DNS)"),
            ("1.0/networks/*/forwards", "network forwards"),
            ("1.0/networks/*/load-balancers", "network load balancers"),
            ("1.0/networks/*/peers", "network peers"),
            ("1.0/projects/*", "this part of projects"),
            ("1.0/storage-pools/*/buckets", "storage buckets"),
            ("1.0/storage-pools/*/volumes/*/*/bitmaps", "dirty bitmaps"),
            ("1.0/storage-pools/*/volumes/*/*/nbd", "NBD access to volumes"),
            ("1.0/storage-pools/*/volumes", "this part of storage volumes"),
            ("internal", "Incus' internal API"),
            ("os", "an operating system's own API (IncusOS)"),
        }.Select(f => (f.Path.Split('/'), f.Feature)),
    ];

    public static string? Find(string[] path) =>
        Features.Where(f => f.Path.Length <= path.Length && f.Path.Zip(path).All(p => p.First == "*" || p.First == p.Second))
            .Select(f => f.Feature)
            .FirstOrDefault();
}
