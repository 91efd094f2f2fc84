using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Conformance;

/// <summary>Every call of the API's document is served or refused by its name, and what is answered has the document's form.</summary>
public sealed partial class DocumentTests(DirHost host) : ServerTests(host), IClassFixture<DirHost>
{
    private static readonly ApiDocument _document = ApiDocument.Load();

    /// <summary>Answers that are no JSON envelope, or go on for as long as the client likes.</summary>
    private static readonly string[] _notJson =
        ["/export", "/metrics", "/websocket", "/events", "/sftp", "/nbd", "/files", "/console", "/port-forward", "/debug/memory"];

    /// <summary>The document says list; clients, and Incus itself, have a map of lists by status.</summary>
    private const string ByStatus = "/1.0/operations?recursion=1";

    [Fact]
    public async Task Every_call_is_served_or_refused_by_name()
    {
        var wrong = new List<string>();
        foreach (var (method, path, _) in _document.Calls().Where(c => c.Method != "HEAD"))
        {
            // Names of nothing: no call may hit what other tests use.
            var filled = Parameter().Replace(path, m => m.Value == "{type}" ? "custom" : "nothing-of-this-name").Replace("?public", "?public=", StringComparison.Ordinal);
            if (filled == "/1.0/metrics")
            {
                Assert.EndsWith("# EOF\n", await Server.Api.TextAsync(filled, Cancellation), StringComparison.Ordinal);
                continue;
            }

            var (status, body) = await Server.Api.SendAsync(new HttpMethod(method), filled, method is "GET" or "DELETE" ? null : new JsonObject(), Cancellation);
            var error = body.GetProperty("error").GetString()!;
            if (status == HttpStatusCode.MethodNotAllowed || error.StartsWith("There is nothing at", StringComparison.Ordinal) || (int)status == 500)
            {
                wrong.Add($"{method} {path}: {(int)status} {error}");
            }
            else if ((int)status >= 400 && error.Length == 0)
            {
                wrong.Add($"{method} {path}: {(int)status} without a reason");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_answer_has_the_form_of_the_document()
    {
        await LaunchAsync("c1", "--config", "user.note=x");
        await Server.BerthAsync("query", "--request", "PUT", "/1.0", "--data", """{"config":{"user.note":"x"}}""");
        var image = (await Server.Api.GetAsync("/1.0/images?recursion=1", Cancellation))[0].GetProperty("fingerprint").GetString()!;
        var check = new SchemaCheck(_document);
        var wrong = new List<string>();
        var served = 0;
        foreach (var (_, path, schema) in _document.Calls().Where(c => c.Method == "GET" && c.Schema is not null && c.Path != ByStatus && !c.Path.Contains("?public", StringComparison.Ordinal) && !_notJson.Any(n => c.Path.EndsWith(n, StringComparison.Ordinal))))
        {
            var filled = Parameter().Replace(path, m => Name(path, m.Value, image)).Replace("?public", "?public=", StringComparison.Ordinal);
            var (status, body) = await Server.Api.SendAsync(HttpMethod.Get, filled, null, Cancellation);
            if (status == HttpStatusCode.OK)
            {
                served++;
                wrong.AddRange(check.Problems(WithoutEnvelope(body), schema!, $"GET {filled}: "));
            }
        }

        await Server.BerthAsync("query", "--request", "PUT", "/1.0", "--data", """{"config":{}}""");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct(StringComparer.Ordinal)));
        Assert.True(served >= 40, $"only {served} calls were answered");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{\"config\": 5}")]
    [InlineData("{\"config\": {\"user.a\": {\"deep\": true}}}")]
    public async Task Bodies_of_the_wrong_form_are_refused(string body)
    {
        foreach (var (method, path) in new[] { ("PUT", "/1.0"), ("PATCH", "/1.0"), ("POST", "/1.0/instances"), ("POST", "/1.0/profiles"), ("PATCH", "/1.0/profiles/default") })
        {
            var refused = await Server.TryBerthAsync("query", "--request", method, path, "--data", body);
            Assert.True(refused.ExitCode != 0 && !refused.Error.Contains("500", StringComparison.Ordinal), $"{method} {path} {body}: {refused.Error}{refused.Text}");
        }
    }

    [Fact]
    public async Task Deep_and_large_bodies_cost_nothing()
    {
        var deep = new JsonObject();
        for (var i = 0; i < 60; i++)
        {
            deep = new JsonObject { ["config"] = deep };
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await Server.Api.SendAsync(HttpMethod.Put, "/1.0", deep, Cancellation)).Status);
        var large = new JsonObject { ["config"] = new JsonObject { ["user.large"] = new string('x', 5 << 20) } };
        Assert.Equal(HttpStatusCode.BadRequest, (await Server.Api.SendAsync(HttpMethod.Put, "/1.0", large, Cancellation)).Status);
        Assert.Empty((await Server.Api.GetAsync("/1.0", Cancellation)).GetProperty("config").EnumerateObject());
    }

    /// <summary>The document leaves out those fields of the envelope that are empty in a success.</summary>
    private static JsonElement WithoutEnvelope(JsonElement body)
    {
        var slim = JsonNode.Parse(body.GetRawText())!.AsObject();
        foreach (var field in (string[])["operation", "error_code", "error"])
        {
            slim.Remove(field);
        }

        return JsonSerializer.SerializeToElement(slim);
    }

    /// <summary>A name that exists for a path's parameter, so that there is something to answer.</summary>
    private string Name(string path, string parameter, string image) => path.Split('/')[2].Split('?')[0] switch
    {
        "instances" when parameter == "{name}" => "c1",
        "images" when parameter == "{name}" => BusyboxImage.Alias,
        "images" => image,
        "networks" => Server.Place.Bridge,
        "profiles" or "projects" or "storage-pools" when parameter is "{name}" or "{poolName}" => "default",
        "storage-pools" when parameter == "{type}" => "custom",
        _ => "nothing-of-this-name",
    };

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
