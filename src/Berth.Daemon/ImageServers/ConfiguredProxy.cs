using System.Net;
using Berth.Core.Images;

namespace Berth.Daemon.ImageServers;

/// <summary>The proxies of <c>core.proxy_*</c>; what is not configured comes from the environment (<c>HTTPS_PROXY</c>, …).</summary>
internal sealed class ConfiguredProxy : IWebProxy
{
    private readonly Uri? _http;
    private readonly Uri? _https;
    private readonly IReadOnlyList<string>? _ignored;
    private readonly IWebProxy _environment = HttpClient.DefaultProxy;

    public ConfiguredProxy(ImageSettings settings)
    {
        _http = settings.ProxyHttp;
        _https = settings.ProxyHttps;
        _ignored = settings.ProxyIgnore;
    }

    public ICredentials? Credentials { get; set; }

    public Uri? GetProxy(Uri destination)
    {
        if (IsIgnored(destination))
        {
            return null;
        }

        return (destination.Scheme == Uri.UriSchemeHttps ? _https : _http) ?? _environment.GetProxy(destination);
    }

    public bool IsBypassed(Uri host) => IsIgnored(host) || ((host.Scheme == Uri.UriSchemeHttps ? _https : _http) is null && _environment.IsBypassed(host));

    private bool IsIgnored(Uri destination) => _ignored?.Any(name => Fits(destination.Host, name)) == true;

    /// <summary>As in NO_PROXY: a host, a domain with all below it, or everything.</summary>
    private static bool Fits(string host, string name)
    {
        var domain = name.TrimStart('*', '.');
        return name == "*"
            || host.Equals(domain, StringComparison.OrdinalIgnoreCase)
            || (domain.Length > 0 && host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase));
    }
}
