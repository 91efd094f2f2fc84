using Berth.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Berth.Daemon.Http;

/// <summary>The HTTP servers; by itself the one on the unix socket.</summary>
internal static class ApiServer
{
    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>A server on the unix socket that has no routes yet and does not listen yet.</summary>
    public static WebApplication Build(HostLayout layout, ILoggerProvider logs, LogLevel minimum)
    {
        var builder = Builder(logs, minimum);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(3));
        var transport = new UnixTransport(layout.Socket, SocketMode);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(transport.EndPoint, listen => listen.Protocols = HttpProtocols.Http1));
        builder.Services.AddSingleton<IConnectionListenerFactory>(transport);
        return Finish(builder);
    }

    /// <summary>What every server of the API has.</summary>
    public static WebApplicationBuilder Builder(ILoggerProvider logs, LogLevel minimum)
    {
        // The empty builder reads no settings from the working directory and starts no watchers: this runs as root.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(minimum)
            .AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        return builder;
    }

    public static WebApplication Finish(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.UseWebSockets();
        app.UseRouting();
        return app;
    }

    /// <summary>Gives the socket to root and the group.</summary>
    public static void Protect(HostLayout layout, uint? group)
    {
        if (group is { } gid)
        {
            using var directory = Linux.Files.RootedDirectory.Open(layout.RuntimeDirectory);
            directory.SetAttributes(Path.GetFileName(layout.Socket), new(0, gid));
        }
    }
}
