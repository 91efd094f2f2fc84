using Berth.Core;
using Berth.Core.Events;
using Berth.Core.State;
using Berth.Daemon.Endpoints;
using Berth.Daemon.GuestApi;
using Berth.Daemon.Http;
using Berth.Daemon.Logging;
using Berth.Linux.Processes;

namespace Berth.Daemon;

/// <summary>The life of the daemon: open the state, take over what runs, serve, and end without touching an instance.</summary>
internal static class BerthDaemon
{
    private const string DefaultGroup = "berth";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Traversable =
        Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static async Task<int> RunAsync(DaemonOptions options)
    {
        var layout = new HostLayout(options.StateDirectory, options.RuntimeDirectory);
        var group = GroupFile.Find(options.Group ?? DefaultGroup);
        if (options.Group is { } wanted && group is null)
        {
            throw BerthException.BadRequest($"There is no group \"{wanted}\"; create it with: groupadd --system {wanted}");
        }

        Directory.CreateDirectory(layout.StateDirectory, Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(layout.RuntimeDirectory, Traversable);
        using var store = SqliteStateStore.Open(layout.Database);
        var events = new EventHub(TimeProvider.System);
        var level = options.Debug ? LogLevel.Debug : LogLevel.Information;
        using var logs = new LogfmtLoggerProvider(level, events, TimeProvider.System);
        await using var server = ApiServer.Build(layout, logs, level);
        await using var host = new Composition(layout, store, events, server.Services.GetRequiredService<ILoggerFactory>(), logs, level);
        await using var guests = GuestServer.Build(host.Guests, logs, level);
        host.MapGuestRoutes(guests);
        await guests.StartAsync();
        await host.RecoverAsync(server.Lifetime.ApplicationStopping);
        host.MapRoutes(server);
        await server.StartAsync();
        ApiServer.Protect(layout, group);
        await host.ServeHttpsAsync(server.Lifetime.ApplicationStopping);
        ServiceNotifier.Ready("serving the API");
        var maintenance = host.MaintainAsync(server.Lifetime.ApplicationStopping);
        var hostStops = await WaitForStopAsync(server, host.End);
        ServiceNotifier.Stopping();
        if (hostStops)
        {
            await host.ShutDownHostAsync();
            host.End.InstancesStopped();
        }

        await guests.StopAsync();
        await server.StopAsync();
        await maintenance;
        return 0;
    }

    /// <summary>SIGTERM, SIGINT and SIGQUIT end the daemon, SIGPWR the instances before it, as who asks for it over the API does; SIGHUP is not a reason to.</summary>
    /// <returns>True: the instances are to be stopped.</returns>
    private static async Task<bool> WaitForStopAsync(WebApplication server, DaemonEnd end)
    {
        var hostStops = false;
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Stop(System.Runtime.InteropServices.PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, Stop);
        using var power = System.Runtime.InteropServices.PosixSignalRegistration.Create((System.Runtime.InteropServices.PosixSignal)Signal.SIGPWR, context =>
        {
            hostStops = true;
            Stop(context);
        });
        using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT, Stop);
        using var quit = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGQUIT, Stop);
        using var hangUp = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGHUP, context => context.Cancel = true);
        Task either = Task.WhenAny(stop.Task, end.Asked);
        await either.WaitAsync(server.Lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return hostStops || end.Asked.IsCompleted;
    }
}
