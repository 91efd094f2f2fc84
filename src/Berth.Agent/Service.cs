using System.Runtime.InteropServices;
using Berth.Guest.Sessions;

namespace Berth.Agent;

/// <summary>Serves the host through the port until SIGTERM.</summary>
internal static class Service
{
    public static async Task<int> RunAsync()
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            await ServeAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync("berth-agent: " + e.Message);
        }
        return 1;
    }

    private static async Task ServeAsync(CancellationToken cancel)
    {
        var path = await VirtioPort.FindAsync(cancel);
        await using var port = VirtioPort.Open(path);
        var link = new AgentLink(port, Product.Version, Requests.AnswerAsync);
        while (true)
        {
            // A blocking read or write on the port knows no cancellation; the process ends around it. The port reads as ended
            // while no host is connected, and the announcement that RunAsync begins with then blocks until one is.
            await Task.Run(() => link.RunAsync(cancel), cancel).WaitAsync(cancel);
        }
    }
}
