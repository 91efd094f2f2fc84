using Berth.Core;
using Berth.Core.Instances;
using Berth.Linux;
using Berth.Linux.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace Berth.Daemon.GuestApi;

/// <summary>Says which instance is at the other end of a connection to the guest API, and whether it is root there.</summary>
/// <remarks>
/// Containers connect to the socket themselves: their ids are their own, so the kernel's word on who connected names the container. A
/// privileged one has the host's ids; its control group names it. A machine's connection says whose it is (<see cref="GuestMachine"/>).
/// </remarks>
internal sealed class GuestPeers(HostLayout layout, InstanceRegistry instances)
{
    /// <summary>The instance, and whether its root asks; null: somebody of the host.</summary>
    public (Instance Instance, bool Root)? Find(HttpContext http)
    {
        if (http.Features.Get<GuestMachine>() is { } machine)
        {
            return instances.All.FirstOrDefault(i => i.Id == machine.Id) is { } found ? (found, true) : null;
        }

        var socket = http.Features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket is null)
        {
            return null;
        }

        var peer = PeerCredentials.Of(socket);
        return peer.Uid < ContainerRoot.IdCount ? ByControlGroup(peer) : ById(peer.Uid);
    }

    private (Instance, bool)? ById(uint uid) =>
        instances.All.FirstOrDefault(i => i.Record.Kind == InstanceKind.Container && i.Record.IdBase != 0
            && uid >= i.Record.IdBase && uid - i.Record.IdBase < ContainerRoot.IdCount) is { } found
            ? (found, uid == found.Record.IdBase)
            : null;

    private (Instance, bool)? ByControlGroup(PeerCredentials peer)
    {
        try
        {
            var begin = $":/{layout.CgroupRoot}/";
            foreach (var line in Fd.ReadText($"/proc/{peer.Pid}/cgroup").Split('\n'))
            {
                if (line.IndexOf(begin, StringComparison.Ordinal) is > 0 and var at)
                {
                    var key = line[(at + begin.Length)..].Split('/')[0];
                    return instances.All.FirstOrDefault(i => i.Id.Key == key && i.Record.Kind == InstanceKind.Container) is { } found
                        ? (found, peer.Uid == found.Record.IdBase)
                        : null;
                }
            }
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ESRCH)
        {
            // It has ended meanwhile.
        }

        return null;
    }
}
