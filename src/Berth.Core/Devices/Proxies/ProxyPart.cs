namespace Berth.Core.Devices.Proxies;

/// <summary>A forwarding of connections between the host and an instance. It is made by the daemon itself, not by an engine.</summary>
public sealed record ProxyPart(string Device, ProxyAddress Listen, ProxyAddress Connect) : DevicePart(Device)
{
    /// <summary>It listens in the container and connects on the host, instead of the reverse.</summary>
    public bool BindInstance { get; init; }

    /// <summary>The host's kernel forwards, not the daemon.</summary>
    public bool Nat { get; init; }

    /// <summary>The HAProxy PROXY protocol's first line tells the server who the client is.</summary>
    public bool TellsClient { get; init; }

    /// <summary>Owner of the unix socket that it listens on, as that side counts ids, and its permission bits.</summary>
    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public int Mode { get; init; }

    /// <summary>The port to connect to for each one listened on.</summary>
    public int ConnectPort(int index) => Connect.IsUnix ? 0 : Connect.Ports[Connect.Ports.Length == 1 ? 0 : index];
}
