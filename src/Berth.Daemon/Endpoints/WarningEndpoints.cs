using Berth.Api;
using Berth.Core;
using Berth.Core.Warnings;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/warnings</c>.</summary>
internal sealed class WarningEndpoints(WarningService warnings)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/warnings", ListAsync)
        .Get("/1.0/warnings/{id}", request => request.SyncAsync(ToWire(warnings.Get(request.Route("id"))), BerthJson.Default.Warning))
        .Put("/1.0/warnings/{id}", SetStatusAsync)
        .Patch("/1.0/warnings/{id}", SetStatusAsync)
        .Delete("/1.0/warnings/{id}", DeleteAsync);

    private Task ListAsync(ApiRequest request)
    {
        // Not the usual default: without a project the warnings of all are listed.
        var project = request.Query("project");
        var list = warnings.List().Where(w => project.Length == 0 || w.Project == project).Select(ToWire);
        if (ListFilter.Parse(request.Query("filter")) is { } filter)
        {
            list = filter.Apply(list, BerthJson.Default.Warning);
        }

        return request.Recursion == 0
            ? request.SyncAsync([.. list.Select(w => $"/1.0/warnings/{w.Uuid}")], BerthJson.Default.StringList)
            : request.SyncAsync([.. list], BerthJson.Default.WarningList);
    }

    private async Task SetStatusAsync(ApiRequest request)
    {
        var put = await request.ReadAsync(BerthJson.Default.WarningPut);
        warnings.SetStatus(request.Route("id"), put.Status switch
        {
            "new" => WarningStatus.New,
            "acknowledged" => WarningStatus.Acknowledged,
            "resolved" => throw new BerthException(ErrorKind.Forbidden, "Status may only be set to \"acknowledged\" or \"new\""),
            _ => throw BerthException.BadRequest($"There is no status \"{put.Status}\" of warnings; give acknowledged or new"),
        });
        await request.EmptyAsync();
    }

    private Task DeleteAsync(ApiRequest request)
    {
        warnings.Delete(request.Route("id"));
        return request.EmptyAsync();
    }

    private static Warning ToWire(WarningRecord warning) => new()
    {
        Uuid = warning.Id.ToString(),
        Location = "none",
        Project = warning.Project,
        Type = warning.Type,
        Severity = warning.Severity switch
        {
            WarningSeverity.High => "high",
            WarningSeverity.Moderate => "moderate",
            _ => "low",
        },
        Status = warning.Status switch
        {
            WarningStatus.Acknowledged => "acknowledged",
            WarningStatus.Resolved => "resolved",
            _ => "new",
        },
        Count = warning.Count,
        EntityUrl = warning.EntityUrl,
        FirstSeenAt = warning.FirstSeenAt,
        LastSeenAt = warning.LastSeenAt,
        LastMessage = warning.LastMessage,
    };
}
