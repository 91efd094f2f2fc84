using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Berth.Linux.Sockets;

namespace Berth.Machines.Qmp;

/// <summary>
/// Speaks the QEMU Machine Protocol over one connection: commands with ids, answers in any order, events between them.
/// Source: QEMU docs/interop/qmp-spec.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Reliability", "CA1001", Justification = "Late writers may still hold the semaphore; it owns no handle unless one is asked for.")]
internal sealed class QmpClient : IAsyncDisposable
{
    /// <summary>Deadline of a command that names none: long enough for a host under I/O load, short enough to be noticed.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);

    /// <summary>An answer longer than this breaks the connection; the longest one seen, a schema, has 0.3 MiB.</summary>
    private const int MaxLine = 16 << 20;

    private readonly Stream _stream;
    private readonly Action<QmpEvent> _eventReceived;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _pending = new();
    private readonly TaskCompletionSource _greeting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private long _lastId;

    private QmpClient(Stream stream, Action<QmpEvent> eventReceived)
    {
        _stream = stream;
        _eventReceived = eventReceived;
    }

    /// <summary>Completes when the connection has ended, whatever the reason.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Takes the greeting and leaves negotiation mode. Owns the stream from then on.</summary>
    /// <param name="eventReceived">Called in order; must not block.</param>
    public static async Task<QmpClient> ConnectAsync(Stream stream, Action<QmpEvent> eventReceived, TimeSpan timeout, CancellationToken cancel)
    {
        var client = new QmpClient(stream, eventReceived);
        client._reading = client.ReadAsync();
        try
        {
            await client._greeting.Task.WaitAsync(timeout, cancel);
            await client.ExecuteAsync("qmp_capabilities", null, timeout, cancel);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public Task<JsonElement> ExecuteAsync(string command, CancellationToken cancel) => ExecuteAsync(command, null, DefaultTimeout, cancel);

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">Writes the members of the arguments object.</param>
    /// <param name="fd">Goes with the command, for <c>getfd</c> and <c>add-fd</c>; QEMU gets a copy.</param>
    /// <returns>The value of <c>return</c>.</returns>
    /// <exception cref="QmpException">QEMU refused, or the connection is gone.</exception>
    /// <exception cref="TimeoutException">No answer in time. The command may still take effect.</exception>
    public async Task<JsonElement> ExecuteAsync(
        string command, Action<Utf8JsonWriter>? arguments, TimeSpan timeout, CancellationToken cancel, SafeHandle? fd = null)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = answer;
        try
        {
            await WriteAsync(Encode(command, arguments, id), fd, cancel).WaitAsync(timeout, cancel);
            if (_closed.Task.IsCompleted)
            {
                throw Lost(null);
            }
            return await answer.Task.WaitAsync(timeout, cancel);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"QEMU did not answer {command} within {timeout.TotalSeconds:0.#} s.", e);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Lost(e);
        }
        finally
        {
            _pending.TryRemove(id, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _reading;
    }

    private static byte[] Encode(string command, Action<Utf8JsonWriter>? arguments, long id)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("execute", command);
        json.WriteNumber("id", id);
        if (arguments is not null)
        {
            json.WriteStartObject("arguments");
            arguments(json);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    // A command is written whole or not at all: giving up in the middle would garble the next one.
    private async Task WriteAsync(byte[] line, SafeHandle? fd, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            await (fd is null
                ? _stream.WriteAsync(line, CancellationToken.None).AsTask()
                : FdPassing.SendAsync(((NetworkStream)_stream).Socket, line, [fd], CancellationToken.None));
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync()
    {
        Exception? reason = null;
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            await ReadLinesAsync(reader);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or JsonException or InvalidDataException)
        {
            reason = e;
        }
        await reader.CompleteAsync();
        _closed.TrySetResult();
        _greeting.TrySetException(Lost(reason));
        _ = _greeting.Task.Exception;
        foreach (var answer in _pending.Values)
        {
            answer.TrySetException(Lost(reason));
            _ = answer.Task.Exception;
        }
    }

    private async Task ReadLinesAsync(PipeReader reader)
    {
        while (true)
        {
            var result = await reader.ReadAsync();
            var buffer = result.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                Receive(buffer.Slice(0, end));
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            if (buffer.Length > MaxLine)
            {
                throw new InvalidDataException($"QEMU sent a line of more than {MaxLine} bytes.");
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private void Receive(ReadOnlySequence<byte> line)
    {
        if (line.Length <= 1)
        {
            return;
        }
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (root.TryGetProperty("event", out var name))
        {
            _eventReceived(new QmpEvent(name.GetString() ?? "", root.TryGetProperty("data", out var data) ? data.Clone() : default));
        }
        else if (root.TryGetProperty("QMP", out _))
        {
            _greeting.TrySetResult();
        }
        else if (root.TryGetProperty("id", out var id) && id.TryGetInt64(out var number) && _pending.TryRemove(number, out var answer))
        {
            Complete(answer, root);
        }
    }

    private static void Complete(TaskCompletionSource<JsonElement> answer, JsonElement root)
    {
        if (root.TryGetProperty("error", out var error))
        {
            answer.TrySetException(new QmpException(error.GetProperty("class").GetString() ?? "", error.GetProperty("desc").GetString() ?? ""));
        }
        else
        {
            answer.TrySetResult(root.GetProperty("return").Clone());
        }
    }

    private static QmpException Lost(Exception? reason) =>
        new(null, "The connection to QEMU has ended" + (reason is null ? "." : ": " + reason.Message), reason);
}
