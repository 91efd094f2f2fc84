using Berth.Core.Instances;
using Berth.Guest.Messages;

namespace Berth.Machines.Agent;

/// <summary>A machine's files, through its agent.</summary>
internal sealed class AgentFiles(AgentClient agent) : IInstanceFiles
{
    private static readonly TimeSpan s_timeout = AgentClient.ReplyTimeout;

    public async Task<FileEntry> StatAsync(string path, CancellationToken cancel) =>
        Entry(await agent.QueryAsync(new StatRequest(path), GuestJson.Default.GuestFile, s_timeout, cancel));

    public async Task<IReadOnlyList<FileEntry>> ListAsync(string path, CancellationToken cancel)
    {
        var files = await agent.QueryAsync(new ListRequest(path), GuestJson.Default.GuestFileArray, s_timeout, cancel);
        return [.. files.Select(Entry)];
    }

    public async Task<Stream> OpenReadAsync(string path, CancellationToken cancel) =>
        new ChannelStream(await AgentStart.OpenAsync(agent, new ReadFileRequest(path), s_timeout, cancel));

    public async Task WriteAsync(string path, Stream content, FileOwnership ownership, bool append, CancellationToken cancel)
    {
        var request = new WriteFileRequest(path, ownership.Uid, ownership.Gid, ownership.Mode, append);

        // Disposed without an end of file, the request is cancelled and the guest drops what it has.
        await using var channel = await agent.OpenAsync(request, s_timeout, cancel);
        try
        {
            await CopyAsync(content, channel.Output(0), cancel);
        }
        catch (GuestWriteException)
        {
            // The guest has refused; its result says why.
        }
        await AgentErrors.ThrowIfFailedAsync(channel.Done, cancel);
    }

    public Task CreateDirectoryAsync(string path, FileOwnership ownership, CancellationToken cancel) =>
        agent.RequestAsync(new MakeDirectoryRequest(path, ownership.Uid, ownership.Gid, ownership.Mode), s_timeout, cancel);

    public Task CreateSymlinkAsync(string path, string target, FileOwnership ownership, CancellationToken cancel) =>
        agent.RequestAsync(new MakeSymlinkRequest(path, target, ownership.Uid, ownership.Gid), s_timeout, cancel);

    public Task DeleteAsync(string path, bool recursive, CancellationToken cancel) =>
        agent.RequestAsync(new DeleteRequest(path, recursive), TimeSpan.FromMinutes(5), cancel);

    public Task<ISftpSession> OpenSftpAsync(CancellationToken cancel) => AgentSftp.OpenAsync(agent, s_timeout, cancel);

    // Only the source's errors pass: the guest's are known better from its result.
    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancel)
    {
        var buffer = new byte[65536];
        while (true)
        {
            var count = await from.ReadAsync(buffer, cancel);
            try
            {
                if (count == 0)
                {
                    await to.DisposeAsync();
                    return;
                }
                await to.WriteAsync(buffer.AsMemory(0, count), cancel);
            }
            catch (IOException e)
            {
                throw new GuestWriteException(e);
            }
        }
    }

    private static FileEntry Entry(GuestFile file) => new(
        file.Name,
        file.Kind switch
        {
            GuestFileKind.File => FileKind.File,
            GuestFileKind.Directory => FileKind.Directory,
            GuestFileKind.Symlink => FileKind.Symlink,
            _ => FileKind.Other,
        },
        file.Uid, file.Gid, file.Mode, file.Size, DateTimeOffset.UnixEpoch.AddMicroseconds(file.ModifiedUnixMicroseconds), file.Target);

    private sealed class GuestWriteException(IOException inner) : Exception(inner.Message, inner);
}
