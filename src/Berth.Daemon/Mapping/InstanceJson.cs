using System.Runtime.CompilerServices;
using System.Text.Json;
using Berth.Api;
using Berth.Core.Backups;
using Berth.Core.Snapshots;
using Berth.Daemon.Http;
using Instance = Berth.Core.Instances.Instance;

namespace Berth.Daemon.Mapping;

/// <summary>
/// Instances as JSON. The description of an instance is rendered once and kept until something of it changes: a listing of hundreds
/// is mostly copying then.
/// </summary>
internal sealed class InstanceJson(InstanceMap map, SnapshotMap snapshots, BackupStore backups)
{
    private static readonly JsonWriterOptions Fragment = ApiRequest.JsonOptions with { SkipValidation = true };

    private readonly ConditionalWeakTable<Instance, Rendered> _rendered = [];

    /// <summary>An array of descriptions: <c>recursion=1</c>.</summary>
    public PooledBuffer List(IReadOnlyList<Instance> instances)
    {
        var output = new PooledBuffer(1 << 16);
        Write(output, "["u8);
        for (var i = 0; i < instances.Count; i++)
        {
            Write(output, i == 0 ? [] : ","u8);
            Write(output, Describe(instances[i]));
        }

        Write(output, "]"u8);
        return output;
    }

    /// <summary>An array of instances with their state, snapshots and backups: <c>recursion=2</c>.</summary>
    public async Task<PooledBuffer> FullListAsync(IReadOnlyList<Instance> instances, IReadOnlyList<InstanceState> states)
    {
        var kept = backups.ByOwner();
        var parts = await Task.WhenAll(Spread.Over(instances.Count).Select(range => Task.Run(() => Render(range))));
        var output = new PooledBuffer(parts.Sum(p => p.Length) + 2);
        Write(output, "["u8);
        foreach (var part in parts)
        {
            Write(output, part.Written.Span);
            part.Dispose();
        }

        Write(output, "]"u8);
        return output;

        PooledBuffer Render((int First, int End) range)
        {
            var part = new PooledBuffer(1 << 16);
            for (var i = range.First; i < range.End; i++)
            {
                Write(part, i == 0 ? [] : ","u8);
                WriteFull(part, instances[i], states[i], kept[instances[i].Record.Uuid.ToString()]);
            }

            return part;
        }
    }

    /// <summary>One instance with its state, snapshots and backups.</summary>
    public PooledBuffer Full(Instance instance, InstanceState state)
    {
        var output = new PooledBuffer(1 << 14);
        WriteFull(output, instance, state, backups.List(instance.Id.Project, instance.Record.Uuid.ToString()));
        return output;
    }

    private void WriteFull(PooledBuffer output, Instance instance, InstanceState state, IEnumerable<BackupRecord> kept)
    {
        // The description without its last brace, and what changes from look to look behind it.
        Write(output, Describe(instance)[..^1]);
        Write(output, ","u8);
        using (var writer = new Utf8JsonWriter(output, Fragment))
        {
            writer.WritePropertyName("backups");
            JsonSerializer.Serialize(writer, [.. kept.Select(BackupMap.ToWire)], BerthJson.Default.InstanceBackupList);
            writer.WritePropertyName("snapshots");
            JsonSerializer.Serialize(writer, [.. SnapshotRegistry.List(instance).Select(snapshots.ToWire)], BerthJson.Default.InstanceSnapshotList);
            writer.WritePropertyName("state");
            JsonSerializer.Serialize(writer, state, BerthJson.Default.InstanceState);
        }

        Write(output, "}"u8);
    }

    private ReadOnlySpan<byte> Describe(Instance instance)
    {
        var look = map.Look(instance);
        if (_rendered.TryGetValue(instance, out var known) && known.Look.IsSame(look))
        {
            return known.Json;
        }

        using var buffer = new PooledBuffer(4096);
        using (var writer = new Utf8JsonWriter(buffer, ApiRequest.JsonOptions))
        {
            JsonSerializer.Serialize(writer, InstanceMap.ToWire(look), BerthJson.Default.Instance);
        }

        var rendered = new Rendered(look, buffer.Written.ToArray());
        _rendered.AddOrUpdate(instance, rendered);
        return rendered.Json;
    }

    private static void Write(PooledBuffer output, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    private sealed record Rendered(InstanceLook Look, byte[] Json);
}
