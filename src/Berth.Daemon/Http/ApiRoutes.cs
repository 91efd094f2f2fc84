using Berth.Core;
using Berth.Core.Events;
using Berth.Core.Projects;
using Berth.Daemon.Access;

namespace Berth.Daemon.Http;

/// <summary>Answers one kind of request.</summary>
internal delegate Task ApiHandler(ApiRequest request);

/// <summary>
/// The table of all routes: which handler answers what. Every request passes the authoriser before its handler; every error
/// becomes the API's error answer.
/// </summary>
/// <param name="answered">Called after each request.</param>
internal sealed partial class ApiRoutes(ProjectService projects, Authoriser authoriser, Action answered, ILogger<ApiRoutes> log)
{
    private static readonly RouteRule Unserved = new(RouteScope.Trusted, Writes: false, Lists: false, Feature: null, RouteMakes.Other);

    private static readonly RouteRule Preflight = Unserved with { Scope = RouteScope.Anyone };

    private readonly List<Route> _table = [];

    public ApiRoutes Get(string path, ApiHandler handler) => Map("GET", path, handler);

    public ApiRoutes Put(string path, ApiHandler handler) => Map("PUT", path, handler);

    public ApiRoutes Patch(string path, ApiHandler handler) => Map("PATCH", path, handler);

    public ApiRoutes Post(string path, ApiHandler handler) => Map("POST", path, handler);

    public ApiRoutes Delete(string path, ApiHandler handler) => Map("DELETE", path, handler);

    public ApiRoutes Head(string path, ApiHandler handler) => Map("HEAD", path, handler);

    /// <summary>Method and path pattern of every route.</summary>
    public IEnumerable<(string Method, string Path)> All => _table.Select(r => (r.Method, r.Path));

    /// <summary>Puts the whole table on a server; what the API has but Berth does not serve is refused by name.</summary>
    /// <param name="identify">Says who asks, by the connection.</param>
    public void MapOn(IEndpointRouteBuilder server, Func<HttpContext, Caller> identify)
    {
        foreach (var route in _table)
        {
            server.MapMethods(route.Path, [route.Method], http => RunAsync(new(http, identify(http), route.Rule, projects), route.Handler));
        }

        server.MapFallback("/{**path}", http => RunAsync(
            new(http, identify(http), HttpMethods.IsOptions(http.Request.Method) ? Preflight : Unserved, projects), RefuseAsync));
    }

    private Task RefuseAsync(ApiRequest request)
    {
        var (method, path) = (request.Http.Request.Method, request.Http.Request.Path.Value ?? "");
        if (HttpMethods.IsOptions(method))
        {
            // As Incus: success without a body, for whoever asks before a request from a browser.
            return Task.CompletedTask;
        }

        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var methods = _table.Where(r => Matches(r.Path.Split('/', StringSplitOptions.RemoveEmptyEntries), parts)).Select(r => r.Method).ToList();
        if (methods.Count > 0)
        {
            throw Known(method)
                ? BerthException.Unsupported($"{method} is not served at {path}; available: {string.Join(", ", methods)}")
                : BerthException.NotFound($"Method \"{method}\" not found; available at {path}: {string.Join(", ", methods)}");
        }

        throw UnservedFeatures.Find(parts) is { } feature
            ? BerthException.Unsupported($"Berth does not support {feature}: {method} {path} is not served")
            : BerthException.NotFound($"There is nothing at {path}");
    }

    private static bool Known(string method) => method is "GET" or "HEAD" or "PUT" or "PATCH" or "POST" or "DELETE";

    private static bool Matches(string[] template, string[] path) =>
        template.Length == path.Length && template.Zip(path).All(p => p.First[0] == '{' || p.First == p.Second);

    private ApiRoutes Map(string method, string path, ApiHandler handler)
    {
        _table.Add(new(method, path, handler, RouteRule.For(method, path)));
        return this;
    }

    private async Task RunAsync(ApiRequest request, ApiHandler handler)
    {
        var http = request.Http;
        try
        {
            Requestor.Current = request.Requestor;
            authoriser.Check(request);
            if (request.Query("target").Length > 0)
            {
                throw BerthException.BadRequest("\"target\" names a member of a cluster; this server is not in one");
            }

            await handler(request);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: there is nobody to answer.
        }
        catch (BerthException e)
        {
            await AnswerAsync(request, ErrorMap.ToStatus(e.Kind), e.Message);
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(request, e.StatusCode, e.Message);
        }
        catch (Exception e)
        {
            LogUnexpected(e, http.Request.Method, http.Request.Path);
            await AnswerAsync(request, StatusCodes.Status500InternalServerError, e.Message);
        }
        finally
        {
            answered();
        }
    }

    private static async Task AnswerAsync(ApiRequest request, int status, string message)
    {
        if (request.Http.Response.HasStarted)
        {
            request.Http.Abort();
            return;
        }

        request.Http.Response.Clear();
        await request.ErrorAsync(status, message);
    }

    private sealed record Route(string Method, string Path, ApiHandler Handler, RouteRule Rule);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed unexpectedly")]
    private partial void LogUnexpected(Exception failure, string method, string path);
}
