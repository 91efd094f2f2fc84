using Berth.Core;
using Berth.Core.Instances;
using Berth.Daemon.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/instances/NAME/sftp</c>: the connection becomes SFTP over the instance's files.</summary>
internal sealed partial class SftpEndpoints(InstanceRegistry registry, InstanceFilesService files, ILogger<SftpEndpoints> log)
{
    private const string Protocol = "sftp";

    public void Map(ApiRoutes routes) => routes.Get("/1.0/instances/{name}/sftp", ServeAsync);

    private Task ServeAsync(ApiRequest request)
    {
        var instance = registry.Get(request.Project, request.Route("name"));
        return files.ServeAsync(instance, (use, over) => ServeAsync(request, use, instance.Id, over), request.Aborted);
    }

    /// <summary>Answers 101 once the files can be reached, and serves.</summary>
    private async Task ServeAsync(ApiRequest request, IInstanceFiles files, InstanceId id, CancellationToken over)
    {
        if (!string.Equals(request.Header("Upgrade"), Protocol, StringComparison.OrdinalIgnoreCase)
            || request.Http.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
        {
            throw BerthException.BadRequest("Missing or invalid upgrade header: this path takes the connection over; send Connection: Upgrade and Upgrade: sftp");
        }

        await using var session = await files.OpenSftpAsync(over);
        request.Http.Response.Headers.Upgrade = Protocol;
        await using var connection = await upgrade.UpgradeAsync();
        try
        {
            await session.RunAsync(connection, over);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException)
        {
            // There is no answer to give any more: the connection ends.
            LogEnded(e.Message, id);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "SFTP of {Instance} ended: {Reason}")]
    private partial void LogEnded(string reason, InstanceId instance);
}
