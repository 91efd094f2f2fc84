using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.Bench;

/// <summary>A daemon under measurement: the same requests and the same commands for both.</summary>
internal abstract class Subject(Place place) : IAsyncDisposable
{
    private const int Failure = 400;

    public abstract bool IsPeer { get; }

    public abstract Api Api { get; }

    public abstract int DaemonPid { get; }

    public Place Place { get; } = place;

    public abstract Command Cli(params string[] arguments);

    public async Task<TimeSpan> TimeCliAsync(params string[] arguments)
    {
        var command = Cli(arguments);
        var watch = Stopwatch.StartNew();
        var result = await command.RunAsync(CancellationToken.None);
        var elapsed = watch.Elapsed;
        result.Succeeded();
        return elapsed;
    }

    /// <summary>From sending the request to the end of its operation.</summary>
    public async Task<TimeSpan> TimeApiAsync(HttpMethod method, string path, JsonNode? body)
    {
        var watch = Stopwatch.StartNew();
        var result = await Api.RunAsync(method, path, body, CancellationToken.None);
        var elapsed = watch.Elapsed;
        if (Code(result) >= Failure)
        {
            throw new InvalidOperationException($"{method} {path}: {result}");
        }

        return elapsed;
    }

    public Task<TimeSpan> CreateAsync(string name, string image, string type = "container", JsonObject? config = null) =>
        TimeApiAsync(HttpMethod.Post, "/1.0/instances", new JsonObject
        {
            ["name"] = name,
            ["type"] = type,
            ["config"] = config ?? [],
            ["source"] = new JsonObject { ["type"] = "image", ["alias"] = image },
        });

    public Task<TimeSpan> StateAsync(string name, string action, bool force = false) =>
        TimeApiAsync(HttpMethod.Put, $"/1.0/instances/{name}/state", new JsonObject { ["action"] = action, ["force"] = force, ["timeout"] = -1 });

    public Task<TimeSpan> DeleteAsync(string name) => TimeApiAsync(HttpMethod.Delete, "/1.0/instances/" + name, null);

    public abstract ValueTask DisposeAsync();

    private static int Code(JsonElement reply) => reply.GetProperty("status_code").GetInt32();
}
