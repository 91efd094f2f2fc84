using Berth.Core.Images.Publishing;
using Berth.Core.Server;

namespace Berth.Core.Images;

/// <summary>The server's keys for images and for what is downloaded, and their values at the moment of asking.</summary>
public sealed class ImageSettings
{
    private const string AutoUpdateIntervalKey = "images.auto_update_interval";
    private const string AutoUpdateCachedKey = "images.auto_update_cached";
    private const string RemoteCacheExpiryKey = "images.remote_cache_expiry";
    private const string CompressionKey = "images.compression_algorithm";
    private const string DefaultArchitectureKey = "images.default_architecture";
    private const string ProxyHttpKey = "core.proxy_http";
    private const string ProxyHttpsKey = "core.proxy_https";
    private const string ProxyIgnoreKey = "core.proxy_ignore_hosts";

    /// <summary>Most hours and days that are taken: the timers know no longer times.</summary>
    private const long MostHours = 24 * 40;
    private const long MostDays = 36_500;

    private readonly ServerConfig _config;

    /// <summary>Makes the keys known.</summary>
    public ImageSettings(ServerConfig config)
    {
        _config = config;
        config.Register(Number(AutoUpdateIntervalKey, "Hours between two looks for newer images; 0 never looks", "6", MostHours));
        config.Register(new(AutoUpdateCachedKey, "Whether images that instances brought along are updated") { Type = ServerKeyType.Bool, Default = "true" });
        config.Register(Number(RemoteCacheExpiryKey, "Days after which an unused cached image is removed; 0 keeps it", "10", MostDays));
        config.Register(new(CompressionKey, "What images of instances are compressed with") { Default = "gzip", Check = CompressionFault });
        config.Register(new(DefaultArchitectureKey, "The architecture that is meant where none is named") { Check = ArchitectureFault });
        config.Register(new(ProxyHttpKey, "Proxy for http downloads; unset: HTTP_PROXY of the daemon's environment") { Check = ProxyFault });
        config.Register(new(ProxyHttpsKey, "Proxy for https downloads; unset: HTTPS_PROXY of the daemon's environment") { Check = ProxyFault });
        config.Register(new(ProxyIgnoreKey, "Hosts that are reached without proxy, separated by commas; unset: NO_PROXY"));
    }

    /// <summary>Told when the time between two updates has changed.</summary>
    public Action? IntervalChanged { get; set; }

    /// <summary>How often sources are asked for newer images; zero: never.</summary>
    public TimeSpan AutoUpdateInterval => TimeSpan.FromHours(_config.GetInteger(AutoUpdateIntervalKey));

    /// <summary>Whether images that instances brought along are updated.</summary>
    public bool AutoUpdateCached => _config.GetBool(AutoUpdateCachedKey);

    /// <summary>How long an image that an instance brought along stays without being used; zero: for ever.</summary>
    public TimeSpan RemoteCacheExpiry => TimeSpan.FromDays(_config.GetInteger(RemoteCacheExpiryKey));

    /// <summary>What new images of instances are compressed with.</summary>
    public string Compression => _config.Get(CompressionKey);

    /// <summary>The architecture that is meant where none is named.</summary>
    public string DefaultArchitecture => _config.Get(DefaultArchitectureKey) is { Length: > 0 } name ? name : Architectures.Host;

    /// <summary>Proxy for http; null for the environment's.</summary>
    public Uri? ProxyHttp => ParseProxy(_config.Get(ProxyHttpKey));

    /// <summary>Proxy for https; null for the environment's.</summary>
    public Uri? ProxyHttps => ParseProxy(_config.Get(ProxyHttpsKey));

    /// <summary>Hosts that are reached without proxy; null for the environment's.</summary>
    public IReadOnlyList<string>? ProxyIgnore =>
        _config.Get(ProxyIgnoreKey) is { Length: > 0 } hosts ? hosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : null;

    private ServerKey Number(string name, string description, string otherwise, long most) => new(name, description)
    {
        Type = ServerKeyType.Integer,
        Default = otherwise,
        Check = value => long.TryParse(value, out var number) && number >= 0 && number <= most ? null : $"give a number from 0 to {most}",
        Changed = (_, _, _) =>
        {
            IntervalChanged?.Invoke();
            return Task.CompletedTask;
        },
    };

    private static string? CompressionFault(string value)
    {
        try
        {
            PublishCompression.Parse(value);
            return null;
        }
        catch (BerthException e)
        {
            return e.Message;
        }
    }

    private static string? ArchitectureFault(string value) =>
        Architectures.Known.Contains(value) ? null : $"available: {string.Join(", ", Architectures.Known.Order(StringComparer.Ordinal))}";

    private static string? ProxyFault(string value) => ParseProxy(value) is null ? "give the URL of a proxy, such as http://proxy.example:3128" : null;

    private static Uri? ParseProxy(string value) =>
        value.Length > 0 && Uri.TryCreate(value.Contains("://", StringComparison.Ordinal) ? value : "http://" + value, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https" or "socks4" or "socks5" && url.Host.Length > 0
            ? url
            : null;
}
