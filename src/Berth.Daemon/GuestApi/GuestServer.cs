using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Berth.Daemon.GuestApi;

/// <summary>
/// The HTTP server that guests see as <c>/dev/incus/sock</c>. A server of its own, so that no route of the host's API can ever be
/// reached through it. Containers have its directory mounted: when the daemon is replaced, they find the new one's socket there.
/// </summary>
internal static class GuestServer
{
    /// <summary>Largest body of a request: only a state is ever sent.</summary>
    private const int MaxBody = 64 << 10;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    /// <summary>A server that has no routes yet and does not listen yet.</summary>
    public static WebApplication Build(GuestTransport transport, ILoggerProvider logs, LogLevel minimum)
    {
        transport.Prepare();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(minimum).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            kestrel.Limits.KeepAliveTimeout = Idle;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(3);
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(transport.EndPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(transport);
        var app = builder.Build();
        app.UseWebSockets();
        app.UseRouting();
        return app;
    }
}
