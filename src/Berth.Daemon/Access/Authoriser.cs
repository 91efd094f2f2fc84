using Berth.Core;
using Berth.Core.Projects;
using Berth.Daemon.Http;

namespace Berth.Daemon.Access;

/// <summary>The one place that every request passes: may this caller do that?</summary>
internal sealed class Authoriser(ProjectGuard guard)
{
    /// <exception cref="BerthException">Forbidden; NotFound: no such project, for those who may know.</exception>
    public void Check(ApiRequest request)
    {
        var (caller, rule) = (request.Caller, request.Rule);
        switch (rule.Scope)
        {
            case RouteScope.Anyone:
                break;
            case RouteScope.Metrics:
                Require(caller.Trust != Trust.None, caller);
                break;
            case RouteScope.Trusted:
                Require(caller.Trust is Trust.Restricted or Trust.Full, caller);
                break;
            case RouteScope.NamedProject:
                Require(caller.Trust is Trust.Restricted or Trust.Full && caller.Sees(request.Route("name")), caller);
                break;
            case RouteScope.PublicImages when caller.Trust is Trust.None or Trust.Metrics:
                Require(!request.QueryFlag("all-projects"), caller);
                break;
            case RouteScope.Project or RouteScope.PublicImages:
                CheckProject(request, caller, rule);
                break;
            default:
                Require(caller.IsFull, caller);
                break;
        }

        CheckMade(request, rule);
    }

    public static BerthException Forbidden(Caller caller) =>
        new(ErrorKind.Forbidden, caller.Trust == Trust.Restricted ? "Certificate is restricted" : "not authorized");

    private static void Require(bool allowed, Caller caller)
    {
        if (!allowed)
        {
            throw Forbidden(caller);
        }
    }

    /// <summary>A restricted caller names one of its projects. What that project takes from the default one can be read, not changed.</summary>
    private static void CheckProject(ApiRequest request, Caller caller, RouteRule rule)
    {
        if (caller.IsFull)
        {
            return;
        }

        Require(caller.Trust == Trust.Restricted, caller);
        Require(rule.Lists || (!request.QueryFlag("all-projects") && caller.Sees(request.NamedProject)), caller);
        if (rule.Writes)
        {
            Require(caller.Sees(request.Project), caller);
        }
    }

    private void CheckMade(ApiRequest request, RouteRule rule)
    {
        switch (rule.Makes)
        {
            case RouteMakes.Snapshots:
                guard.AllowSnapshot(request.AskedProject);
                break;
            case RouteMakes.Backups:
                guard.AllowBackup(request.AskedProject);
                break;
        }
    }
}
