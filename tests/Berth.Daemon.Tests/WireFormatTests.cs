using System.Collections.Immutable;
using System.Text.Json;
using Berth.Api;
using Berth.Core.Operations;
using Berth.Daemon.Http;
using Berth.Daemon.Mapping;

namespace Berth.Daemon.Tests;

public sealed class WireFormatTests
{
    private static readonly OperationView View = new()
    {
        Id = Guid.NewGuid(),
        Project = "default",
        Class = OperationClass.Websocket,
        Description = "Executing command",
        CreatedAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        UpdatedAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
        Status = OperationStatus.Running,
        Metadata = ImmutableSortedDictionary<string, object>.Empty
            .Add("return", 7)
            .Add("command", ImmutableArray.Create("sh", "-c"))
            .Add("fds", ImmutableSortedDictionary<string, string>.Empty.Add("0", "secret")),
    };

    /// <summary>Go parses times from the raw text: an escaped "+" makes the stock client drop the whole operation and wait for ever.</summary>
    [Fact]
    public void Times_are_written_without_escapes()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, ApiRequest.JsonOptions))
        {
            JsonSerializer.Serialize(writer, OperationMap.ToWire(View), BerthJson.Default.Operation);
        }

        var text = System.Text.Encoding.UTF8.GetString(stream.ToArray());
        Assert.Contains("+02:00\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\\u", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Metadata_keeps_its_types()
    {
        var metadata = OperationMap.ToWire(View).Metadata!;
        Assert.Equal(7, metadata["return"]!.GetValue<int>());
        Assert.Equal("-c", metadata["command"]![1]!.GetValue<string>());
        Assert.Equal("secret", metadata["fds"]!["0"]!.GetValue<string>());
    }
}
