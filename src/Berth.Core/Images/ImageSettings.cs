using System.Globalization;
using Berth.Core.Images.Archives;
using Berth.Core.Projects;
using Berth.Core.Server;

namespace Berth.Core.Images;

/// <summary>The keys for images and for what is downloaded, of the server and of projects, and their values at the moment of asking.</summary>
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
    private readonly ProjectService _projects;

    /// <summary>Makes the keys known.</summary>
    public ImageSettings(ServerConfig config, ProjectService projects)
    {
        (_config, _projects) = (config, projects);
        config.Register(Number(AutoUpdateIntervalKey, "Hours between two looks for newer images; 0 never looks", "6", IntervalFault));
        config.Register(new(AutoUpdateCachedKey, "Whether images that instances brought along are updated") { Type = ServerKeyType.Bool, Default = "true" });
        config.Register(Number(RemoteCacheExpiryKey, "Days after which an unused cached image is removed; 0 keeps it", "10", ExpiryFault));
        config.Register(new(CompressionKey, "What images of instances are compressed with") { Default = "gzip", Check = Compressor.WhyNot });
        config.Register(new(DefaultArchitectureKey, "The architecture that is meant where none is named") { Check = ArchitectureFault });
        config.Register(new(ProxyHttpKey, "Proxy for http downloads; unset: HTTP_PROXY of the daemon's environment") { Check = ProxyFault });
        config.Register(new(ProxyHttpsKey, "Proxy for https downloads; unset: HTTPS_PROXY of the daemon's environment") { Check = ProxyFault });
        config.Register(new(ProxyIgnoreKey, "Hosts that are reached without proxy, separated by commas; unset: NO_PROXY"));
    }

    /// <summary>Told when the time between two updates has changed.</summary>
    public Action? IntervalChanged { get; set; }

    public IReadOnlyList<string> Projects => [.. _projects.List().Select(p => p.Name)];

    /// <summary>How often sources are asked for newer images of a project; zero: never.</summary>
    public TimeSpan AutoUpdateInterval(string project) => TimeSpan.FromHours(Number(project, AutoUpdateIntervalKey));

    /// <summary>Whether images that instances of a project brought along are updated.</summary>
    public bool AutoUpdateCached(string project) =>
        _projects.Setting(project, AutoUpdateCachedKey) is { } own ? Instances.ConfigCatalogue.IsTrue(own) : _config.GetBool(AutoUpdateCachedKey);

    /// <summary>How long an image that an instance brought along stays without being used; zero: for ever.</summary>
    public TimeSpan RemoteCacheExpiry(string project) => TimeSpan.FromDays(Number(project, RemoteCacheExpiryKey));

    /// <summary>What new images of a project's instances are compressed with.</summary>
    /// <param name="wanted">What the client asks for; empty for what its project says, or the server.</param>
    public Compressor Compression(string project, string wanted) =>
        Compressor.Parse(wanted.Length > 0 ? wanted : _projects.Setting(project, CompressionKey) ?? _config.Get(CompressionKey));

    internal static string? IntervalFault(string value) => NumberFault(value, MostHours);

    internal static string? ExpiryFault(string value) => NumberFault(value, MostDays);

    /// <summary>The architecture that is meant where none is named.</summary>
    public string DefaultArchitecture => _config.Get(DefaultArchitectureKey) is { Length: > 0 } name ? name : Architectures.Host;

    /// <summary>Proxy for http; null for the environment's.</summary>
    public Uri? ProxyHttp => ParseProxy(_config.Get(ProxyHttpKey));

    /// <summary>Proxy for https; null for the environment's.</summary>
    public Uri? ProxyHttps => ParseProxy(_config.Get(ProxyHttpsKey));

    /// <summary>Hosts that are reached without proxy; null for the environment's.</summary>
    public IReadOnlyList<string>? ProxyIgnore =>
        _config.Get(ProxyIgnoreKey) is { Length: > 0 } hosts ? hosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : null;

    private long Number(string project, string key) =>
        _projects.Setting(project, key) is { } own ? long.Parse(own, CultureInfo.InvariantCulture) : _config.GetInteger(key);

    private ServerKey Number(string name, string description, string otherwise, Func<string, string?> check) => new(name, description)
    {
        Type = ServerKeyType.Integer,
        Default = otherwise,
        Check = check,
        Changed = (_, _, _) =>
        {
            IntervalChanged?.Invoke();
            return Task.CompletedTask;
        },
    };

    private static string? NumberFault(string value, long most) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? null : $"give a number from 0 to {most}";

    private static string? ArchitectureFault(string value) =>
        Architectures.Known.Contains(value) ? null : $"available: {string.Join(", ", Architectures.Known.Order(StringComparer.Ordinal))}";

    private static string? ProxyFault(string value) => ParseProxy(value) is null ? "give the URL of a proxy, such as http://proxy.example:3128" : null;

    private static Uri? ParseProxy(string value) =>
        value.Length > 0 && Uri.TryCreate(value.Contains("://", StringComparison.Ordinal) ? value : "http://" + value, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https" or "socks4" or "socks5" && url.Host.Length > 0
            ? url
            : null;
}
