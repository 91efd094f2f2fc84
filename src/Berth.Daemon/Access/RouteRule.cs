using Berth.Core.Projects;

namespace Berth.Daemon.Access;

/// <summary>What a route is about, and so what a caller needs for it.</summary>
internal enum RouteScope
{
    /// <summary>The host as a whole: full trust. What no rule names is here.</summary>
    Server,

    /// <summary>Anybody; the handler itself tells strangers less.</summary>
    Anyone,

    /// <summary>Whoever is trusted, restricted or not; the handler shows each what is theirs.</summary>
    Trusted,

    /// <summary>Whoever is trusted, and metrics certificates.</summary>
    Metrics,

    /// <summary>The project of the query, or the one whose things it uses.</summary>
    Project,

    /// <summary>As <see cref="Project"/>, and strangers see what is public.</summary>
    PublicImages,

    /// <summary>The project that the path names.</summary>
    NamedProject,
}

/// <summary>Restrictions of the project that the route falls under, whoever asks.</summary>
internal enum RouteMakes
{
    Other,
    Snapshots,
    Backups,
}

/// <param name="Writes">The request changes something.</param>
/// <param name="Lists">A listing that shows restricted callers what is theirs, whatever project they name.</param>
/// <param name="Feature">Decides whose things the route is about; null: the project's own.</param>
internal sealed record RouteRule(RouteScope Scope, bool Writes, bool Lists, ProjectFeature? Feature, RouteMakes Makes)
{
    /// <summary>
    /// The rule of a route, from its pattern. One table for all routes, those that are added later included: a path that is not
    /// listed needs full trust.
    /// </summary>
    public static RouteRule For(string method, string pattern)
    {
        var reads = method is "GET" or "HEAD";
        var parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var (scope, feature) = parts switch
        {
            [] => (RouteScope.Anyone, null),
            ["1.0"] => (reads ? RouteScope.Anyone : RouteScope.Server, null),
            ["1.0", "certificates"] => (reads ? RouteScope.Trusted : RouteScope.Anyone, null),
            ["1.0", "certificates", _] => (RouteScope.Trusted, null),
            ["1.0", "events"] => (RouteScope.Project, null),
            ["1.0", "metadata", "configuration"] => (RouteScope.Anyone, null),
            ["1.0", "metrics"] => (RouteScope.Metrics, null),
            ["1.0", "operations", _, "wait" or "websocket"] => (RouteScope.Anyone, null),
            ["1.0", "operations", ..] => (RouteScope.Trusted, null),
            ["1.0", "projects"] when reads => (RouteScope.Trusted, null),
            ["1.0", "projects", _] or ["1.0", "projects", _, "state"] when reads => (RouteScope.NamedProject, null),
            ["1.0", "resources"] or ["1.0", "storage-pools"] or ["1.0", "storage-pools", _] or ["1.0", "storage-pools", _, "resources"]
                when reads => (RouteScope.Trusted, null),
            ["1.0", "instances", ..] => (RouteScope.Project, null),
            ["1.0", "images"] or ["1.0", "images", "{fingerprint}"] or ["1.0", "images", "{fingerprint}", "export"] or ["1.0", "images", "aliases", _]
                when reads => (RouteScope.PublicImages, ProjectFeature.Images),

            // Another server pushes an image with a secret that it was given.
            ["1.0", "images"] => (RouteScope.PublicImages, ProjectFeature.Images),
            ["1.0", "images", ..] => (RouteScope.Project, ProjectFeature.Images),
            ["1.0", "profiles", ..] => (RouteScope.Project, ProjectFeature.Profiles),
            ["1.0", "networks", ..] => (RouteScope.Project, ProjectFeature.Networks),
            ["1.0", "storage-pools", _, "volumes"] => (RouteScope.Project, null),
            ["1.0", "storage-pools", _, "volumes", ..] => (RouteScope.Project, ProjectFeature.Volumes),
            ["1.0", "storage-pools", _, "buckets", ..] => (RouteScope.Project, ProjectFeature.Buckets),
            _ => (RouteScope.Server, (ProjectFeature?)null),
        };
        var makes = (method, parts) switch
        {
            ("POST", [.., "snapshots"]) => RouteMakes.Snapshots,
            ("POST", [.., "backups"]) => RouteMakes.Backups,
            _ => RouteMakes.Other,
        };
        var lists = reads && parts is ["1.0", "instances" or "images" or "profiles" or "events"];
        return new(scope, !reads, lists, feature, makes);
    }
}
