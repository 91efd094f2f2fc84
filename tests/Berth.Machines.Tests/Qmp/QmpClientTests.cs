using Berth.Machines.Qmp;

namespace Berth.Machines.Tests.Qmp;

public sealed class QmpClientTests
{
    private const string Greeting = """{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}""";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_find_their_commands_in_any_order()
    {
        await using var qemu = await FakeQemu.StartAsync(Greeting, _ => { }, _cancel);
        var first = qemu.Client.ExecuteAsync("query-a", _cancel);
        var second = qemu.Client.ExecuteAsync("query-b", _cancel);
        var (a, b) = (await qemu.ReadIdAsync("query-a"), await qemu.ReadIdAsync("query-b"));
        await qemu.WriteAsync($$"""{"return": {"n": 2}, "id": {{b}}}{{"\r\n"}}{"return": {"n": 1}, "id": {{a}}}""");
        Assert.Equal(1, (await first).GetProperty("n").GetInt32());
        Assert.Equal(2, (await second).GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task Events_between_answers_are_told()
    {
        var events = new List<QmpEvent>();
        await using var qemu = await FakeQemu.StartAsync(Greeting, events.Add, _cancel);
        var command = qemu.Client.ExecuteAsync("cont", _cancel);
        var id = await qemu.ReadIdAsync("cont");
        await qemu.WriteAsync("""{"timestamp": {}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}}""");
        await qemu.WriteAsync($$"""{"return": {}, "id": {{id}}}""");
        await command;
        var shutdown = Assert.Single(events);
        Assert.True(shutdown.Name == "SHUTDOWN" && shutdown.Flag("guest") && shutdown.Text("reason") == "guest-shutdown");
    }

    [Fact]
    public async Task An_error_keeps_its_class_and_text()
    {
        await using var qemu = await FakeQemu.StartAsync(Greeting, _ => { }, _cancel);
        var command = qemu.Client.ExecuteAsync("balloon", json => json.WriteNumber("value", 5), s_timeout, _cancel);
        var id = await qemu.ReadIdAsync("balloon");
        await qemu.WriteAsync($$"""{"error": {"class": "DeviceNotActive", "desc": "No balloon"}, "id": {{id}}}""");
        var e = await Assert.ThrowsAsync<QmpException>(() => command);
        Assert.Equal(("DeviceNotActive", "No balloon", false), (e.ErrorClass, e.Message, e.ConnectionLost));
    }

    [Fact]
    public async Task Silence_ends_at_the_deadline_and_the_connection_lives_on()
    {
        await using var qemu = await FakeQemu.StartAsync(Greeting, _ => { }, _cancel);
        await Assert.ThrowsAsync<TimeoutException>(() => qemu.Client.ExecuteAsync("slow", null, TimeSpan.FromMilliseconds(50), _cancel));
        await qemu.ReadIdAsync("slow");
        var next = qemu.Client.ExecuteAsync("next", _cancel);
        await qemu.WriteAsync($$"""{"return": 7, "id": {{await qemu.ReadIdAsync("next")}}}""");
        Assert.Equal(7, (await next).GetInt32());
    }

    [Fact]
    public async Task The_end_of_QEMU_ends_every_command()
    {
        await using var qemu = await FakeQemu.StartAsync(Greeting, _ => { }, _cancel);
        var command = qemu.Client.ExecuteAsync("query-a", _cancel);
        await qemu.ReadIdAsync("query-a");
        await qemu.HangUpAsync();
        Assert.True((await Assert.ThrowsAsync<QmpException>(() => command)).ConnectionLost);
        await qemu.Client.Closed.WaitAsync(s_timeout, _cancel);
        Assert.True((await Assert.ThrowsAsync<QmpException>(() => qemu.Client.ExecuteAsync("query-b", _cancel))).ConnectionLost);
    }

    [Fact]
    public async Task A_large_answer_arrives_whole()
    {
        await using var qemu = await FakeQemu.StartAsync(Greeting, _ => { }, _cancel);
        var command = qemu.Client.ExecuteAsync("query-qmp-schema", _cancel);
        var id = await qemu.ReadIdAsync("query-qmp-schema");
        var text = new string('x', 3 << 20);
        await qemu.WriteAsync($$"""{"return": "{{text}}", "id": {{id}}}""");
        Assert.Equal(text, (await command).GetString());
    }

    [Fact]
    public async Task Nonsense_ends_the_connection_with_its_reason()
    {
        await using var qemu = await FakeQemu.StartAsync(Greeting, _ => { }, _cancel);
        var command = qemu.Client.ExecuteAsync("query-a", _cancel);
        await qemu.WriteAsync("{nonsense");
        Assert.True((await Assert.ThrowsAsync<QmpException>(() => command)).ConnectionLost);
    }
}
