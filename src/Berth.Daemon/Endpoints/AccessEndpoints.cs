using Berth.Api;
using Berth.Core.Instances;
using Berth.Core.Projects;
using Berth.Core.Security;
using Berth.Daemon.Http;

namespace Berth.Daemon.Endpoints;

/// <summary><c>/1.0/projects/NAME/access</c> and <c>/1.0/instances/NAME/access</c>: who may use them, beside the unix socket.</summary>
internal sealed class AccessEndpoints(TrustStore trust, ProjectService projects, InstanceRegistry instances)
{
    public void Map(ApiRoutes routes) => routes
        .Get("/1.0/projects/{name}/access", request => AnswerAsync(request, projects.Get(request.Route("name")).Name))
        .Get("/1.0/instances/{name}/access", request => AnswerAsync(request, instances.Get(request.Project, request.Route("name")).Id.Project));

    private Task AnswerAsync(ApiRequest request, string project) => request.SyncAsync(
        [
            .. trust.List().Where(c => !c.Restricted || c.Projects.Contains(project)).Select(c => new AccessEntry
            {
                Identifier = c.Fingerprint,
                Provider = "tls",
                Role = c.Type == CertificateType.Metrics ? "view" : c.Restricted ? "operator" : "admin",
            }),
        ],
        BerthJson.Default.AccessEntryList);
}
