namespace Berth.Bench;

internal sealed class BerthSubject(Server server) : Subject(server.Place)
{
    public override bool IsPeer => false;

    public override Api Api => server.Api;

    public Server Server => server;

    public override int DaemonPid => server.Daemon.Pid;

    public static async Task<BerthSubject> StartAsync(Place place, string driver)
    {
        var server = await Server.StartAsync(place, driver);
        await BusyboxImage.ImportAsync(server);
        return new BerthSubject(server);
    }

    public override Command Cli(params string[] arguments) => server.BerthCommand(arguments);

    public override async ValueTask DisposeAsync()
    {
        await server.DeleteAllAsync();
        await server.DisposeAsync();
    }
}
