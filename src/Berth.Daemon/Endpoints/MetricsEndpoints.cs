using Berth.Core.Instances;
using Berth.Daemon.Http;
using Berth.Daemon.Metrics;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/metrics</c>: OpenMetrics text; of one project, and for callers restricted to some, only their instances' figures.</summary>
internal sealed class MetricsEndpoints(InstanceRegistry registry, InstanceMetrics instances, ServerMetrics server)
{
    private const string ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    public void Map(ApiRoutes routes) => routes.Get("/1.0/metrics", WriteAsync);

    private async Task WriteAsync(ApiRequest request)
    {
        var metrics = new MetricWriter();
        var one = request.Query("project").Length > 0 ? request.Project : null;
        await instances.WriteAsync(
            metrics,
            registry.All.Where(i => (one is null || i.Id.Project == one) && request.Caller.Sees(i.Id.Project) && i.Record.Phase != InstancePhase.Creating)
                .OrderBy(i => i.Id.Project, StringComparer.Ordinal).ThenBy(i => i.Id.Name, StringComparer.Ordinal),
            request.Aborted);
        if (one is null && request.Caller.Projects is null)
        {
            server.Write(metrics);
        }

        await request.BytesAsync(metrics.ToBytes(), ContentType);
    }
}
