using Berth.Api;
using Berth.Cli.Client;

namespace Berth.Cli.Tests;

public sealed class ClientTests
{
    private const string NotFound = """{"type":"error","error":"Not Found","error_code":404,"metadata":null}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metadata_is_read_and_the_project_is_sent()
    {
        var asked = "";
        await using var server = new FakeServer(request =>
        {
            asked = request;
            return """{"type":"sync","metadata":[{"name":"web1","status_code":103}]}""";
        });
        using var client = new BerthClient(server.SocketPath, "p 1");
        var list = await client.GetAsync("/1.0/instances?recursion=1", BerthJson.Default.InstanceList, Cancellation);
        Assert.Equal("web1", Assert.Single(list).Name);
        Assert.Equal(StatusCode.Running, list[0].StatusCode);
        Assert.Equal("GET /1.0/instances?recursion=1&project=p%201", asked);
    }

    [Fact]
    public async Task A_missing_instance_is_answered_with_the_nearest_name()
    {
        await using var server = new FakeServer(request =>
            request == "GET /1.0/instances" ? """{"type":"sync","metadata":["/1.0/instances/web1","/1.0/instances/db"]}""" : NotFound);
        using var client = new BerthClient(server.SocketPath, "");
        var error = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync("/1.0/instances/wbe1/state", Cancellation));
        Assert.Equal(404, error.Code);
        Assert.Equal("no such instance wbe1; did you mean web1?", await Suggestions.ForAsync(error, client, Cancellation));
    }

    [Fact]
    public async Task A_missing_image_is_answered_with_those_that_there_are()
    {
        await using var server = new FakeServer(request =>
            request == "GET /1.0/images/aliases" ? """{"type":"sync","metadata":["/1.0/images/aliases/debian/12"]}""" : NotFound);
        using var client = new BerthClient(server.SocketPath, "");
        var error = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync(Paths.Alias("fedora/40"), Cancellation));
        Assert.Equal("no such image fedora/40; available: debian/12", await Suggestions.ForAsync(error, client, Cancellation));
    }

    [Theory]
    [InlineData(200, "", null)]
    [InlineData(400, "disk full", "disk full")]
    [InlineData(401, "", "the operation was cancelled")]
    public async Task An_operation_ends_as_its_status_says(int code, string err, string? message)
    {
        await using var server = new FakeServer(_ => $$$"""{"type":"sync","metadata":{"id":"x","status_code":{{{code}}},"err":"{{{err}}}"}}""");
        using var session = new Session("", quiet: true, TextWriter.Null, TextWriter.Null);
        using var client = new BerthClient(server.SocketPath, "");
        var waiter = new OperationWaiter(client, session.NewProgress());
        var wait = waiter.WaitAsync(new ApiReply(default, "/1.0/operations/x?project=p", ""), "Testing", Cancellation);
        if (message is null)
        {
            Assert.Equal(StatusCode.Success, (await wait).StatusCode);
        }
        else
        {
            Assert.Equal(message, (await Assert.ThrowsAnyAsync<Exception>(() => wait)).Message);
        }
    }

    [Fact]
    public async Task Without_a_daemon_the_error_says_what_to_do()
    {
        using var client = new BerthClient("/nonexistent/berth.socket", "");
        var error = await Assert.ThrowsAsync<CliException>(() => client.GetAsync("/1.0", Cancellation));
        Assert.Contains("BERTH_SOCKET", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nonexistent/berth.socket", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_of_the_api_is_an_error()
    {
        await using var server = new FakeServer(_ => "<html>");
        using var client = new BerthClient(server.SocketPath, "");
        await Assert.ThrowsAsync<ApiException>(() => client.GetAsync("/1.0", Cancellation));
    }

    [Fact]
    public async Task A_multipart_answer_is_taken_apart()
    {
        var big = new string('x', 600_000) + "\r\n--b not the end";
        var body = $"--b1\r\nContent-Disposition: form-data; name=\"metadata\"; filename=\"m.tar\"\r\n\r\nabc\r\n--b1\r\n"
            + $"Content-Disposition: form-data; name=\"rootfs\"; filename=\"r.squashfs\"\r\n\r\n{big}\r\n--b1--\r\n";
        using var reader = new MultipartReader(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(body)), "b1");
        var first = await reader.NextAsync(Cancellation);
        Assert.Equal(("metadata", "m.tar"), (first!.Name, first.FileName));
        var second = await reader.NextAsync(Cancellation);
        using var text = new StreamReader(second!.Body);
        Assert.Equal(big, await text.ReadToEndAsync(Cancellation));
        Assert.Null(await reader.NextAsync(Cancellation));
    }
}
