using System.Collections.Frozen;

namespace Berth.Core.Server;

/// <summary>The server keys that Incus has: what of them nobody registered is refused with the reason, not as a typing error.</summary>
internal static class ServerKeyNames
{
    /// <summary>Name or prefix (ending in a dot) → what Berth does not have.</summary>
    private static readonly FrozenDictionary<string, string> Missing = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["acme."] = "certificates from an ACME service",
        ["authorization."] = "authorization drivers",
        ["cluster."] = "clusters",
        ["core.bgp_address"] = "BGP",
        ["core.bgp_asn"] = "BGP",
        ["core.bgp_routerid"] = "BGP",
        ["core.debug_address"] = "a debug server (Berth is not a Go program: there is no pprof to serve)",
        ["core.dns_address"] = "an authoritative DNS server",
        ["core.https_allowed_credentials"] = "CORS headers",
        ["core.https_allowed_headers"] = "CORS headers",
        ["core.https_allowed_methods"] = "CORS headers",
        ["core.https_allowed_origin"] = "CORS headers",
        ["core.https_allowed_websocket_origin"] = "CORS headers",
        ["core.https_trusted_proxy"] = "the PROXY protocol",
        ["core.metrics_address"] = "a metrics server of its own (read /1.0/metrics of the API)",
        ["core.metrics_authentication"] = "a metrics server of its own (read /1.0/metrics of the API)",
        ["core.shutdown_action"] = "evacuation at shutdown (instances run on without the daemon)",
        ["core.shutdown_timeout"] = "a wait before it ends (it ends at once; what is under way is finished or undone by the next daemon)",
        ["core.storage_buckets_address"] = "storage buckets",
        ["core.syslog_socket"] = "a syslog socket",
        ["core.trust_ca_certificates"] = "a certificate authority for clients",
        ["instances.lxcfs.per_instance"] = "an lxcfs process per instance",
        ["instances.nic.host_name"] = "other names of host interfaces",
        ["instances.placement.scriptlet"] = "clusters",
        ["instances.tpm."] = "platform certificates of TPMs",
        ["logging."] = "log targets (follow the log with: berth monitor --type logging)",
        ["loki."] = "log targets (follow the log with: berth monitor --type logging)",
        ["network.hwaddr_pattern"] = "another pattern of MAC addresses",
        ["network.ovn."] = "OVN networks",
        ["network.ovs."] = "Open vSwitch bridges",
        ["oidc."] = "OpenID Connect",
        ["storage.backups_volume"] = "volumes for the daemon's own data",
        ["storage.images_volume"] = "volumes for the daemon's own data",
        ["storage.linstor."] = "LINSTOR pools",
        ["storage.logs_volume"] = "volumes for the daemon's own data",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <param name="registered">The keys that work.</param>
    public static BerthException Refusal(string name, IEnumerable<string> registered)
    {
        if (What(name) is { } what)
        {
            return BerthException.Unsupported($"The server key {name} is not supported: Berth does not have {what}");
        }

        var known = registered.ToList();
        var nearest = Suggestions.Nearest(name, known);
        return BerthException.BadRequest(
            $"Unknown server key \"{name}\"" + (nearest is null ? $"; supported: {string.Join(", ", known.Append("user.*"))}" : $"; did you mean \"{nearest}\"?"));
    }

    private static string? What(string name) =>
        Missing.GetValueOrDefault(name)
        ?? Missing.Where(m => m.Key.EndsWith('.') && name.Length > m.Key.Length && name.StartsWith(m.Key, StringComparison.Ordinal)).Select(m => m.Value).FirstOrDefault();
}
