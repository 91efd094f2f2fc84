using Berth.Core;
using Berth.Daemon.Access;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary>
/// Of Incus' internal API what <c>incus admin shutdown</c> asks (<c>PUT /internal/shutdown</c>): every instance is stopped as for the
/// host's shutdown, then the daemon ends. The answer comes when the instances have stopped.
/// </summary>
internal sealed class DaemonEnd
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when somebody asks for it.</summary>
    public Task Asked => _asked.Task;

    /// <summary>No instance runs any more.</summary>
    public void InstancesStopped() => _stopped.TrySetResult();

    public void Map(ApiRoutes routes) => routes.Put("/internal/shutdown", AskAsync);

    /// <summary>
    /// From the host alone, as in Incus. There, <c>force</c> says not to wait for operations; here nothing waits for them: what is under
    /// way is finished or undone by the next daemon.
    /// </summary>
    private async Task AskAsync(ApiRequest request)
    {
        if (request.Caller.Method != Caller.Local.Method)
        {
            throw Authoriser.Forbidden(request.Caller);
        }

        if (request.Query("force") is not ("" or "true" or "false" or "1" or "0") and var force)
        {
            throw BerthException.BadRequest($"Invalid force \"{force}\": give true or false");
        }

        if (!_asked.TrySetResult())
        {
            throw BerthException.BadRequest("Shutdown already in progress");
        }

        await _stopped.Task.WaitAsync(request.Aborted);
        await request.EmptyAsync();
    }
}
