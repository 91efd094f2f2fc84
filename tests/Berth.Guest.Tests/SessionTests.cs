using System.Security.Cryptography;
using Berth.Guest.Framing;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;
using CsCheck;

namespace Berth.Guest.Tests;

public sealed class SessionTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);
    private static readonly string[] s_bodies =
        ["null", "{}", "[]", """{"op":"exited"}""", """{"op":"what"}""", """{"version":9}""", "\"x\"", "1e999"];

    private readonly CancellationToken _cancel = CreateDeadline();

    [Fact]
    public async Task Ping_is_answered_and_the_agent_named()
    {
        await using var pair = await LinkedPair.StartAsync((_, _) => Task.FromResult(new GuestResult()), _cancel);
        var session = await pair.Host.SessionAsync(_cancel);
        await using var channel = await session.OpenAsync(new PingRequest(), _cancel);
        Assert.Null((await channel.Done.WaitAsync(_cancel)).Error);
        Assert.Equal("test", session.AgentVersion);
    }

    [Fact]
    public async Task A_hundred_megabytes_go_there_and_back_whole()
    {
        await using var pair = await LinkedPair.StartAsync(EchoAsync, _cancel);
        var session = await pair.Host.SessionAsync(_cancel);
        await using var channel = await session.OpenAsync(new ReadFileRequest("/"), _cancel);
        const int Blocks = 1600;
        var sent = Task.Run(async () =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var block = new byte[65536];
            for (var i = 0; i < Blocks; i++)
            {
                RandomNumberGenerator.Fill(block);
                hash.AppendData(block);
                await channel.Output(0).WriteAsync(block, _cancel);
            }
            await channel.Output(0).DisposeAsync();
            return Convert.ToHexString(hash.GetHashAndReset());
        }, _cancel);
        var received = Convert.ToHexString(await SHA256.HashDataAsync(channel.Input(1), _cancel));
        Assert.Equal(await sent, received);
        Assert.Null((await channel.Done.WaitAsync(_cancel)).Error);
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_stops_no_other_and_holds_one_window()
    {
        var written = 0L;
        var full = new TaskCompletionSource();
        await using var pair = await LinkedPair.StartAsync(
            async (request, channel) =>
            {
                if (request is PingRequest)
                {
                    return new GuestResult();
                }
                while (true)
                {
                    var write = channel.Output(1).WriteAsync(new byte[16384], channel.Cancelled);
                    if (Interlocked.Read(ref written) == GuestSession.Window)
                    {
                        full.TrySetResult();
                    }
                    await write;
                    Interlocked.Add(ref written, 16384);
                }
            },
            _cancel);
        var session = await pair.Host.SessionAsync(_cancel);
        await using var slow = await session.OpenAsync(new StateRequest(), _cancel);
        await full.Task.WaitAsync(_cancel);
        for (var i = 0; i < 50; i++)
        {
            await using var ping = await session.OpenAsync(new PingRequest(), _cancel);
            await ping.Done.WaitAsync(_cancel);
        }
        Assert.Equal(GuestSession.Window, Interlocked.Read(ref written));
    }

    [Fact]
    public async Task Giving_a_request_up_cancels_it_in_the_guest()
    {
        var cancelled = new TaskCompletionSource();
        await using var pair = await LinkedPair.StartAsync(
            async (_, channel) =>
            {
                await using var registration = channel.Cancelled.Register(cancelled.SetResult);
                await cancelled.Task;
                return new GuestResult();
            },
            _cancel);
        var session = await pair.Host.SessionAsync(_cancel);
        var channel = await session.OpenAsync(new StateRequest(), _cancel);
        await channel.DisposeAsync();
        await cancelled.Task.WaitAsync(_cancel);
    }

    [Fact]
    public async Task An_error_in_the_guest_reaches_the_reader()
    {
        await using var pair = await LinkedPair.StartAsync(
            (_, _) => throw new GuestException(GuestErrorKind.NotFound, "no such file"), _cancel);
        var session = await pair.Host.SessionAsync(_cancel);
        await using var channel = await session.OpenAsync(new ReadFileRequest("/x"), _cancel);
        var error = await Assert.ThrowsAsync<GuestException>(async () => await channel.Input(1).CopyToAsync(Stream.Null, _cancel));
        Assert.Equal(GuestErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task An_agent_that_restarts_in_the_middle_of_a_frame_is_met_again()
    {
        var (host, guest) = await DuplexPair.CreateAsync(_cancel);
        await using var owned = guest;
        var lost = new TaskCompletionSource();
        var link = new HostLink(host) { SessionChanged = s => _ = s is null && lost.TrySetResult() };
        var run = link.RunAsync(_cancel);
        using var firstLife = CancellationTokenSource.CreateLinkedTokenSource(_cancel);
        var first = new AgentLink(guest, "1", EchoAsync).RunAsync(firstLife.Token);
        var session = await link.SessionAsync(_cancel);
        await using var stale = await session.OpenAsync(new ReadFileRequest("/"), _cancel);
        await firstLife.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var half = new byte[FrameFormat.HeaderLength + FrameFormat.MaxPayload];
        FrameFormat.Write(half, FrameType.Data, session.Id, stale.Id, 1, new byte[FrameFormat.MaxPayload]);
        await guest.WriteAsync(half.AsMemory(0, 5000), _cancel);
        var second = new AgentLink(guest, "2", EchoAsync).RunAsync(_cancel);

        await lost.Task.WaitAsync(_cancel);
        var next = await link.SessionAsync(_cancel);
        Assert.Equal("2", next.AgentVersion);
        await Assert.ThrowsAsync<IOException>(() => stale.Done.WaitAsync(_cancel));
        await using var echo = await next.OpenAsync(new ReadFileRequest("/"), _cancel);
        await echo.Output(0).WriteAsync("alive"u8.ToArray(), _cancel);
        await echo.Output(0).DisposeAsync();
        using var reader = new StreamReader(echo.Input(1));
        Assert.Equal("alive", await reader.ReadToEndAsync(_cancel));
        await host.DisposeAsync();
        await run;
        await second;
    }

    [Fact]
    public async Task An_agent_that_ends_leaves_nobody_waiting()
    {
        await using var pair = await LinkedPair.StartAsync(EchoAsync, _cancel);
        var session = await pair.Host.SessionAsync(_cancel);
        await using var stale = await session.OpenAsync(new ReadFileRequest("/"), _cancel);
        pair.Host.PortClosed();
        await Assert.ThrowsAsync<IOException>(() => stale.Done.WaitAsync(_cancel));
        Assert.False(pair.Host.SessionAsync(_cancel).IsCompleted);
    }

    /// <summary>As when the news of the old agent's end overtakes nothing, but comes behind the new one's greeting.</summary>
    [Fact]
    public async Task An_agent_that_was_met_before_its_predecessors_end_was_heard_of_is_met_again()
    {
        await using var pair = await LinkedPair.StartAsync(EchoAsync, _cancel);
        var early = await pair.Host.SessionAsync(_cancel);
        pair.Host.PortClosed();
        pair.Host.PortOpened();
        var session = await pair.Host.SessionAsync(_cancel);
        Assert.NotEqual(early.Id, session.Id);
        pair.Host.PortOpened();
        Assert.Same(session, await pair.Host.SessionAsync(_cancel));
        await using var ping = await session.OpenAsync(new PingRequest(), _cancel);
        await ping.Output(0).DisposeAsync();
        Assert.Null((await ping.Done.WaitAsync(_cancel)).Error);
    }

    [Fact]
    public async Task A_sender_beyond_its_credit_loses_the_session()
    {
        var (host, guest) = await DuplexPair.CreateAsync(_cancel);
        await using var owned = guest;
        var link = new HostLink(host);
        var run = link.RunAsync(_cancel);
        uint id = 0;
        var agent = new AgentLink(guest, "hostile", (_, channel) =>
        {
            id = channel.Id;
            return Task.Delay(Timeout.Infinite, channel.Cancelled).ContinueWith(_ => new GuestResult(), TaskScheduler.Default);
        }).RunAsync(_cancel);
        var session = await link.SessionAsync(_cancel);
        await using var channel = await session.OpenAsync(new StateRequest(), _cancel);
        var frame = new byte[FrameFormat.HeaderLength + FrameFormat.MaxPayload];
        var length = FrameFormat.Write(frame, FrameType.Data, session.Id, channel.Id, 1, new byte[FrameFormat.MaxPayload]);
        for (var sent = 0; sent <= GuestSession.Window; sent += FrameFormat.MaxPayload)
        {
            await guest.WriteAsync(frame.AsMemory(0, length), _cancel);
        }
        await Assert.ThrowsAsync<IOException>(() => channel.Done.WaitAsync(_cancel));
        Assert.NotEqual(session.Id, (await link.SessionAsync(_cancel)).Id);
        await host.DisposeAsync();
        await run;
        await agent;
    }

    [Fact]
    public async Task A_request_from_the_future_is_refused_and_the_session_lives()
    {
        var (host, guest) = await DuplexPair.CreateAsync(_cancel);
        await using var owned = guest;
        var agent = new AgentLink(guest, "1", EchoAsync).RunAsync(_cancel);
        var writer = new FrameWriter(host);
        await writer.WriteAsync(FrameType.Hello, 77, 0, 0, """{"version":1}"""u8.ToArray(), _cancel);
        await writer.WriteAsync(FrameType.Open, 77, 1, 0, """{"op":"teleport","to":"mars"}"""u8.ToArray(), _cancel);
        await writer.WriteAsync(FrameType.Open, 77, 2, 0, """{"op":"read","path":"/"}"""u8.ToArray(), _cancel);
        await writer.WriteAsync(FrameType.Eof, 77, 2, 0, ReadOnlyMemory<byte>.Empty, _cancel);
        var done = new Dictionary<uint, string>();
        var decoder = new FrameDecoder();
        while (done.Count < 2)
        {
            decoder.Advance(await host.ReadAsync(decoder.WriteBuffer(), _cancel));
            while (decoder.TryRead(out var frame))
            {
                if (frame.Type == FrameType.Done)
                {
                    done[frame.Channel] = System.Text.Encoding.UTF8.GetString(frame.Payload.Span);
                }
            }
        }
        Assert.Contains("update the agent", done[1], StringComparison.Ordinal);
        Assert.Equal("{}", done[2]);
        await host.DisposeAsync();
        await agent;
    }

    [Fact]
    public async Task A_hostile_guest_can_say_anything_without_breaking_the_link()
    {
        await Gen.Select(Gen.Int[0, 12], Gen.Bool, Gen.UInt[0, 3], Gen.Byte[0, 4], Gen.OneOf(
            Gen.Byte.Array[0, 40],
            Gen.Int[0, s_bodies.Length - 1].Select(i => System.Text.Encoding.UTF8.GetBytes(s_bodies[i])))).Array[1, 30].SampleAsync(
            async frames =>
            {
                var (host, guest) = await DuplexPair.CreateAsync(_cancel);
                await using var owned = guest;
                await using var ownedHost = host;
                var link = new HostLink(host);
                var run = link.RunAsync(_cancel);
                var agent = new AgentLink(guest, "1", EchoAsync).RunAsync(_cancel);
                var session = await link.SessionAsync(_cancel);
                await using var open = await session.OpenAsync(new ReadFileRequest("/"), _cancel);
                var buffer = new byte[200];
                foreach (var (type, right, channel, stream, payload) in frames)
                {
                    var length = FrameFormat.Write(buffer, (FrameType)type, right ? session.Id : 0, channel, stream, payload);
                    await guest.WriteAsync(buffer.AsMemory(0, length), _cancel);
                }
                await guest.DisposeAsync();
                await run;
                await agent;
            },
            iter: 200);
    }

    private static CancellationToken CreateDeadline() =>
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken, new CancellationTokenSource(s_deadline).Token).Token;

    private static async Task<GuestResult> EchoAsync(GuestRequest request, GuestChannel channel)
    {
        await channel.Input(0).CopyToAsync(channel.Output(1), channel.Cancelled);
        await channel.Output(1).DisposeAsync();
        return new GuestResult();
    }
}
