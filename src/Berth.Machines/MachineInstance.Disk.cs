using System.Text.Json;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Core.Storage;
using Berth.Linux;
using Berth.Linux.Files;
using Berth.Machines.Qmp;

namespace Berth.Machines;

/// <summary>The chain of files behind the root disk, changed while the guest uses it (QEMU docs/interop/live-block-operations).</summary>
public sealed partial class MachineInstance : ILiveDisk
{
    private const string RootDevice = "/disk-root/";
    private const string MergeJob = "merge";

    private volatile TaskCompletionSource<QmpEvent>? _job;

    /// <inheritdoc/>
    public async Task SwitchDiskAsync(string path, CancellationToken cancel)
    {
        var node = NodeName(path);
        try
        {
            var top = await TopNodeAsync(cancel);
            if (top == node)
            {
                return;
            }
            await AddLayerAsync(path, node, cancel);
            try
            {
                await Qmp.ExecuteAsync("blockdev-snapshot", json => Write(json, ("node", top), ("overlay", node)), QmpClient.DefaultTimeout, cancel);
            }
            catch (QmpException e) when (!e.ConnectionLost)
            {
                await Qmp.ExecuteAsync("blockdev-del", json => Write(json, ("node-name", node)), QmpClient.DefaultTimeout, cancel);
                throw;
            }
        }
        catch (QmpException e)
        {
            // A machine that has gone may have written to the new file: only a refusal means that it did not.
            throw e.ConnectionLost
                ? BerthException.Internal($"Machine {_spec.Id} ended while its disk was switched: {e.Message}", e)
                : BerthException.Conflict($"Machine {_spec.Id}: QEMU refused to go on in a new disk: {e.Message}");
        }
        catch (TimeoutException e)
        {
            throw new BerthException(ErrorKind.Timeout, $"Machine {_spec.Id}: {e.Message} Stop it by force if it does not recover.", e);
        }
    }

    /// <inheritdoc/>
    public async Task MergeDiskAsync(DiskMerge merge, IProgress<int>? progress, CancellationToken cancel)
    {
        try
        {
            var nodes = await Qmp.ExecuteAsync("query-named-block-nodes", json => json.WriteBoolean("flat", true), QmpClient.DefaultTimeout, cancel);
            var disk = FindNode(nodes, merge.Disk);
            var below = merge.Below is null ? null : FindNode(nodes, merge.Below);
            await CancelJobAsync();
            var ended = await RunJobAsync(
                json =>
                {
                    Write(json, ("job-id", MergeJob), ("device", disk));
                    if (below is not null)
                    {
                        Write(json, ("base-node", below), ("backing-file", merge.BelowName!));
                    }
                },
                cancel);
            if (ended.Name != "BLOCK_JOB_COMPLETED" || ended.Text("error") is { Length: > 0 })
            {
                throw BerthException.Internal($"Machine {_spec.Id}: merging its disks failed: {ended.Text("error") ?? ended.Name}");
            }
            progress?.Report(100);
        }
        catch (QmpException e)
        {
            throw e.ConnectionLost ? NotRunning() : BerthException.Conflict($"Machine {_spec.Id}: QEMU refused to merge its disks: {e.Message}");
        }
        catch (TimeoutException e)
        {
            throw new BerthException(ErrorKind.Timeout, $"Machine {_spec.Id}: {e.Message}", e);
        }
    }

    private void OnJobEvent(QmpEvent e)
    {
        if (e.Name is "BLOCK_JOB_COMPLETED" or "BLOCK_JOB_CANCELLED" && e.Text("device") == MergeJob)
        {
            _job?.TrySetResult(e);
        }
    }

    private async Task<QmpEvent> RunJobAsync(Action<Utf8JsonWriter> arguments, CancellationToken cancel)
    {
        var job = new TaskCompletionSource<QmpEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        _job = job;
        await Qmp.ExecuteAsync("block-stream", arguments, QmpClient.DefaultTimeout, cancel);
        try
        {
            if (await Task.WhenAny(job.Task, _exited.Task).WaitAsync(cancel) != job.Task)
            {
                throw NotRunning();
            }
            return await job.Task;
        }
        catch (OperationCanceledException)
        {
            await EndJobAsync(job.Task);
            throw;
        }
    }

    /// <summary>What an earlier daemon began would be in the way.</summary>
    private async Task CancelJobAsync()
    {
        var jobs = await Qmp.ExecuteAsync("query-block-jobs", CancellationToken.None);
        if (jobs.EnumerateArray().Any(j => j.GetProperty("device").GetString() == MergeJob))
        {
            var job = new TaskCompletionSource<QmpEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            _job = job;
            await EndJobAsync(job.Task);
        }
    }

    private async Task EndJobAsync(Task<QmpEvent> ended)
    {
        try
        {
            await Qmp.ExecuteAsync("block-job-cancel", json => Write(json, ("device", MergeJob)), QmpClient.DefaultTimeout, CancellationToken.None);
        }
        catch (QmpException)
        {
            // It has ended by itself meanwhile.
        }
        await Task.WhenAny(ended, _exited.Task).WaitAsync(QmpClient.DefaultTimeout);
    }

    private async Task AddLayerAsync(string path, string node, CancellationToken cancel)
    {
        // Written now, only read after the next snapshot: QEMU takes from the set what suits.
        using var write = Fd.Open(path, OpenFlags.ReadWrite);
        using var read = Fd.Open(path, OpenFlags.ReadOnly);
        var added = await Qmp.ExecuteAsync("add-fd", json => Write(json, ("opaque", node)), QmpClient.DefaultTimeout, cancel, write);
        var set = added.GetProperty("fdset-id").GetInt64();
        await Qmp.ExecuteAsync("add-fd", json => json.WriteNumber("fdset-id", set), QmpClient.DefaultTimeout, cancel, read);
        await Qmp.ExecuteAsync("blockdev-add", json => WriteLayer(json, node, set), QmpClient.DefaultTimeout, cancel);
    }

    private static void WriteLayer(Utf8JsonWriter json, string node, long set)
    {
        Write(json, ("driver", "qcow2"), ("node-name", node), ("discard", "unmap"), ("detect-zeroes", "unmap"));
        json.WriteNull("backing");
        json.WriteStartObject("file");
        // Locks would stay with the set's descriptors and stand against QEMU itself when it opens the file in another way. The daemon
        // sees to it that nobody else does.
        Write(json, ("driver", "file"), ("filename", $"/dev/fdset/{set}"), ("aio", "threads"), ("discard", "unmap"), ("locking", "off"));
        json.WriteEndObject();
    }

    /// <summary>The node that the guest's root disk writes to.</summary>
    private async Task<string> TopNodeAsync(CancellationToken cancel)
    {
        var devices = await Qmp.ExecuteAsync("query-block", cancel);
        var root = devices.EnumerateArray().First(d => d.TryGetProperty("qdev", out var id) && id.GetString()!.Contains(RootDevice, StringComparison.Ordinal));
        return root.GetProperty("inserted").GetProperty("node-name").GetString()!;
    }

    /// <summary>QEMU's node for a file: one of those added while it ran, or one that it was started with.</summary>
    private string FindNode(JsonElement nodes, string path)
    {
        var wanted = FileStatus.Of(path);
        var name = NodeName(path);
        foreach (var node in nodes.EnumerateArray().Where(n => n.GetProperty("drv").GetString() is "qcow2" or "raw"))
        {
            var nodeName = node.GetProperty("node-name").GetString()!;
            if (nodeName == name || (node.TryGetProperty("file", out var file) && IsFile(file.GetString()!, wanted)))
            {
                return nodeName;
            }
        }
        throw BerthException.Conflict($"Machine {_spec.Id} does not have the disk {path} open; stop and start it.");
    }

    private bool IsFile(string name, FileStatus wanted)
    {
        const string handed = "/proc/self/fd/";
        name = FileOf(name);
        if (!name.StartsWith(handed, StringComparison.Ordinal))
        {
            return false;
        }
        try
        {
            using var fd = Fd.Open($"/proc/{Pid}/fd/{name[handed.Length..]}", OpenFlags.Path);
            var status = FileStatus.Of(fd);
            return status.Inode == wanted.Inode && status.Device == wanted.Device;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <summary>A node with options has no plain name but "json:" and the options.</summary>
    private static string FileOf(string name)
    {
        const string prefix = "json:";
        if (!name.StartsWith(prefix, StringComparison.Ordinal))
        {
            return name;
        }
        using var options = JsonDocument.Parse(name[prefix.Length..]);
        return options.RootElement.TryGetProperty("file", out var file) && file.ValueKind == JsonValueKind.Object
            && file.TryGetProperty("filename", out var filename)
            ? filename.GetString()!
            : "";
    }

    private static string NodeName(string path) => $"disk-{FileStatus.Of(path).Inode}";

    private static void Write(Utf8JsonWriter json, params ReadOnlySpan<(string Name, string Value)> members)
    {
        foreach (var (name, value) in members)
        {
            json.WriteString(name, value);
        }
    }
}
