using Berth.Core;

namespace Berth.Daemon.Http;

/// <summary>Answers one kind of request.</summary>
internal delegate Task ApiHandler(ApiRequest request);

/// <summary>Puts handlers on paths; turns every error into the API's error answer.</summary>
internal sealed partial class ApiRoutes(IEndpointRouteBuilder routes, ILogger<ApiRoutes> log)
{
    private static readonly string[] NotServed =
    [
        "cluster", "network-acls", "network-address-sets", "network-allocations", "network-integrations", "network-zones",
        "certificates", "resources", "metrics",
    ];

    public ApiRoutes Get(string path, ApiHandler handler) => Map("GET", path, handler);

    public ApiRoutes Put(string path, ApiHandler handler) => Map("PUT", path, handler);

    public ApiRoutes Patch(string path, ApiHandler handler) => Map("PATCH", path, handler);

    public ApiRoutes Post(string path, ApiHandler handler) => Map("POST", path, handler);

    public ApiRoutes Delete(string path, ApiHandler handler) => Map("DELETE", path, handler);

    public ApiRoutes Head(string path, ApiHandler handler) => Map("HEAD", path, handler);

    /// <summary>Everything else: what the API has but Berth does not serve yet is refused by name.</summary>
    public void RefuseTheRest() => routes.MapFallback("/{**path}", http => RunAsync(http, request =>
    {
        var path = http.Request.Path.Value ?? "";
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        throw parts is ["1.0", var collection, ..] && NotServed.Contains(collection)
            ? BerthException.Unsupported($"Berth does not serve {collection} yet")
            : parts is ["1.0", _, _, var part, ..]
                ? BerthException.Unsupported($"Berth does not serve {http.Request.Method} of {parts[1]}/…/{part} yet")
                : BerthException.NotFound($"There is nothing at {path}");
    }));

    private ApiRoutes Map(string method, string path, ApiHandler handler)
    {
        routes.MapMethods(path, [method], http => RunAsync(http, handler));
        return this;
    }

    private async Task RunAsync(HttpContext http, ApiHandler handler)
    {
        var request = new ApiRequest(http);
        try
        {
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

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed unexpectedly")]
    private partial void LogUnexpected(Exception failure, string method, string path);
}
