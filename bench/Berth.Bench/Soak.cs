using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Berth.Bench;

/// <summary>
/// Many clients at once on one daemon's socket, with the calls of a day's work, for as long as asked: errors, requests per second,
/// latencies, and whether the daemon's memory and descriptors grow.
/// </summary>
internal sealed class Soak(string socket, int clients, TimeSpan duration)
{
    private readonly ConcurrentDictionary<string, ConcurrentBag<double>> _latencies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _errors = new(StringComparer.Ordinal);

    /// <returns>Whether there was no error.</returns>
    public async Task<bool> RunAsync()
    {
        using var api = new Api(socket);
        var pid = (await api.GetAsync("/1.0", CancellationToken.None)).GetProperty("environment").GetProperty("server_pid").GetInt32();

        // What the first calls bring for good (buffers, threads, code) is no growth.
        await PhaseAsync(TimeSpan.FromSeconds(Math.Min(5, duration.TotalSeconds / 4)));
        _latencies.Clear();
        var before = Facts(pid);
        var watch = Stopwatch.StartNew();
        await PhaseAsync(duration);
        var passed = watch.Elapsed;
        var after = Facts(pid);
        Print(passed);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"daemon: {before.Megabytes:0.0} → {after.Megabytes:0.0} MB RSS, {before.Descriptors} → {after.Descriptors} descriptors"));
        foreach (var (error, count) in _errors.OrderByDescending(e => e.Value))
        {
            Console.WriteLine($"{count} × {error}");
        }

        return _errors.IsEmpty;
    }

    private async Task PhaseAsync(TimeSpan time)
    {
        using var over = new CancellationTokenSource(time);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(i => ClientAsync(i, over.Token)));
    }

    private async Task ClientAsync(int number, CancellationToken over)
    {
        using var api = new Api(socket);
        var random = new Random(number);
        var name = string.Create(CultureInfo.InvariantCulture, $"soak-{number}");
        for (var round = 0; !over.IsCancellationRequested; round++)
        {
            var instances = await CallAsync(api, HttpMethod.Get, "/1.0/instances", null);
            foreach (var path in new[] { "/1.0", "/1.0/instances?recursion=1", "/1.0/instances?recursion=2", "/1.0/images?recursion=1", "/1.0/networks?recursion=1", "/1.0/storage-pools?recursion=1", "/1.0/operations?recursion=1", "/1.0/resources", "/1.0/metrics" }
                .Where(_ => !over.IsCancellationRequested))
            {
                await CallAsync(api, HttpMethod.Get, path, null);
            }

            if (instances is { } list && list.ValueKind == System.Text.Json.JsonValueKind.Array && list.GetArrayLength() > 0)
            {
                var instance = list[random.Next(list.GetArrayLength())].GetString()!;
                await CallAsync(api, HttpMethod.Get, instance + "/state", null);
                await CallAsync(api, HttpMethod.Get, instance + "/logs", null);
            }

            await CallAsync(api, HttpMethod.Post, "/1.0/profiles", new JsonObject { ["name"] = name, ["config"] = new JsonObject { ["user.round"] = round.ToString(CultureInfo.InvariantCulture) } });
            await CallAsync(api, HttpMethod.Patch, "/1.0/profiles/" + name, new JsonObject { ["description"] = "soaked" });
            await CallAsync(api, HttpMethod.Delete, "/1.0/profiles/" + name, null);
            using var events = await api.EventsAsync("lifecycle", CancellationToken.None);
        }
    }

    /// <returns>The metadata; null after an error, which is counted.</returns>
    private async Task<System.Text.Json.JsonElement?> CallAsync(Api api, HttpMethod method, string path, JsonNode? body)
    {
        var kind = $"{method} {(path.StartsWith("/1.0/profiles/", StringComparison.Ordinal) ? "/1.0/profiles/*" : path.StartsWith("/1.0/instances/", StringComparison.Ordinal) ? "/1.0/instances/*/" + path.Split('/')[^1] : path)}";
        var watch = Stopwatch.StartNew();
        try
        {
            if (path == "/1.0/metrics")
            {
                await api.TextAsync(path, CancellationToken.None);
                return null;
            }

            var (status, answer) = await api.SendAsync(method, path, body, CancellationToken.None);
            if (status >= HttpStatusCode.BadRequest)
            {
                Count($"{kind}: {(int)status} {answer.GetProperty("error").GetString()}");
                return null;
            }

            return answer.GetProperty("metadata");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or System.Text.Json.JsonException)
        {
            Count($"{kind}: {e.Message}");
            return null;
        }
        finally
        {
            _latencies.GetOrAdd(kind, _ => []).Add(watch.Elapsed.TotalMilliseconds);
        }
    }

    private void Count(string error) => _errors.AddOrUpdate(error, 1, (_, n) => n + 1);

    private void Print(TimeSpan passed)
    {
        var all = _latencies.Values.Sum(l => l.Count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clients} clients, {passed.TotalSeconds:0} s: {all} requests, {all / passed.TotalSeconds:0} per second"));
        Console.WriteLine($"{"call",-44}{"count",8}{"p50 ms",10}{"p95 ms",10}{"p99 ms",10}{"max ms",10}");
        foreach (var (kind, latencies) in _latencies.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            var sorted = latencies.Order().ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind,-44}{sorted.Length,8}{Percentile(sorted, 50),10:0.0}{Percentile(sorted, 95),10:0.0}{Percentile(sorted, 99),10:0.0}{sorted[^1],10:0.0}"));
        }
    }

    internal static double Percentile(double[] sorted, int percent) => sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];

    private static (double Megabytes, int Descriptors) Facts(int pid) =>
        (ProcessFacts.ResidentMegabytes(pid), Directory.GetFiles($"/proc/{pid}/fd").Length);
}
