using System.Net.Sockets;
using System.Threading.Channels;
using Berth.Core;
using Berth.Core.Instances;
using Berth.Daemon.Http;
using Berth.Linux.Sockets;

namespace Berth.Daemon.GuestApi;

/// <summary>
/// Where connections to the guest API come from: the socket that containers see, and machines, whose agents carry them. Of a machine's
/// connection it is known which one it is; of a container's the kernel tells.
/// </summary>
internal sealed class GuestTransport(HostLayout layout) : UnixTransport(Path.Combine(layout.GuestApi, "sock"), ForEverybody)
{
    private const UnixFileMode ForEverybody =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private const UnixFileMode Traversable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly string _directory = layout.GuestApi;

    /// <summary>Makes the directory that containers have mounted.</summary>
    public void Prepare() => Directory.CreateDirectory(_directory, Traversable);

    /// <summary>Connects in the name of a machine.</summary>
    public async Task<Stream> ConnectAsync(InstanceId machine, CancellationToken cancel)
    {
        var (ours, theirs) = UnixListener.Pair();
        try
        {
            await TakeAsync(theirs, context => context.Features.Set(new GuestMachine(machine)), cancel);
            return new NetworkStream(ours, ownsSocket: true);
        }
        catch (Exception e)
        {
            ours.Dispose();
            theirs.Dispose();
            throw e is ChannelClosedException ? new IOException("The daemon ends.", e) : e;
        }
    }
}

/// <summary>Feature of a connection that a machine's agent carries: whose it is.</summary>
internal sealed record GuestMachine(InstanceId Id);
