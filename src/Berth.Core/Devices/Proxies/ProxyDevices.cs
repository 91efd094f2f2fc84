using System.Net;
using Berth.Core.Instances;

namespace Berth.Core.Devices.Proxies;

/// <summary>Turns proxy devices into what the daemon forwards.</summary>
internal static class ProxyDevices
{
    private const int DefaultMode = 0x1A4;

    private static readonly string[] SocketKeys = ["uid", "gid", "mode"];

    internal static readonly DeviceKeyTable Table = new(
        "proxy",
        new Dictionary<string, Func<string, string?>>(StringComparer.Ordinal)
        {
            ["listen"] = v => ProxyAddress.Parse(v).Reason,
            ["connect"] = v => ProxyAddress.Parse(v).Reason,
            ["bind"] = v => v is "host" or "instance" or "guest" or "container" ? null : "give host or instance",
            ["nat"] = DeviceValues.Boolean,
            ["proxy_protocol"] = DeviceValues.Boolean,
            ["uid"] = DeviceValues.Id,
            ["gid"] = DeviceValues.Id,
            ["mode"] = DeviceValues.Mode,
        },
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["security.uid"] = "the daemon itself forwards, and gives up no privileges for one device; leave it out",
            ["security.gid"] = "the daemon itself forwards, and gives up no privileges for one device; leave it out",
        });

    public static void Validate(string device, IReadOnlyDictionary<string, string> config, InstanceKind? kind)
    {
        Table.Validate(device, config);
        if (kind == InstanceKind.Machine && !DeviceValues.IsTrue(config, "nat"))
        {
            throw BerthException.Unsupported($"Device \"{device}\": only NAT mode is supported for proxies of virtual machines; give nat=true, and the machine's network card a static address");
        }

        Parse(device, config);
    }

    public static ProxyPart Build(DeviceRequest request)
    {
        Validate(request.Device, request.Config, request.Kind);
        return Parse(request.Device, request.Config);
    }

    private static ProxyPart Parse(string device, IReadOnlyDictionary<string, string> config)
    {
        string Value(string key) => config.GetValueOrDefault(key, "");
        if (Value("listen").Length == 0 || Value("connect").Length == 0)
        {
            throw Wrong(device, "a proxy needs listen and connect, for example listen=tcp:0.0.0.0:8080 connect=tcp:127.0.0.1:80");
        }

        var part = new ProxyPart(device, ProxyAddress.Parse(Value("listen")).Address!, ProxyAddress.Parse(Value("connect")).Address!)
        {
            BindInstance = Value("bind") is "instance" or "guest" or "container",
            Nat = DeviceValues.IsTrue(config, "nat"),
            TellsClient = DeviceValues.IsTrue(config, "proxy_protocol"),
            Uid = DeviceValues.Number(config, "uid"),
            Gid = DeviceValues.Number(config, "gid"),
            Mode = Value("mode") is { Length: > 0 } mode ? DeviceValues.ParseMode(mode)!.Value : DefaultMode,
        };
        RequireFitting(device, part);
        if ((!part.Listen.IsUnix || part.Listen.IsAbstract) && SocketKeys.FirstOrDefault(k => Value(k).Length > 0) is { } key)
        {
            throw Wrong(device, $"{key} is for a unix socket with a path that is listened on");
        }

        return part;
    }

    /// <summary>What the kernel can forward.</summary>
    private static void RequireNat(string device, ProxyPart part)
    {
        var (listen, connect) = (part.Listen, part.Connect);
        var reason = part.BindInstance ? "only proxies that are bound on the host can use nat; leave bind out"
            : listen.IsUnix || listen.Protocol != connect.Protocol ? $"proxying {listen.Protocol} to {connect.Protocol} is not supported with nat; give tcp on both sides, or udp"
            : listen.Address!.AddressFamily != connect.Address!.AddressFamily ? "IPv4 and IPv6 cannot be mixed between listen and connect with nat"
            : IPAddress.IsLoopback(listen.Address) ? $"the kernel forwards nothing that is sent to {listen.Address}; listen on another address of the host, or without nat"
            : part.TellsClient ? "proxy_protocol cannot be used with nat, where the server sees the client's own address"
            : null;
        if (reason is not null)
        {
            throw Wrong(device, reason);
        }
    }

    private static void RequireFitting(string device, ProxyPart part)
    {
        if (part.Nat)
        {
            RequireNat(device, part);
        }

        var (listen, connect) = (part.Listen, part.Connect);
        if ((listen.Protocol == "udp") != (connect.Protocol == "udp"))
        {
            throw BerthException.Unsupported($"Device \"{device}\": Berth does not turn {listen.Protocol} into {connect.Protocol}; give udp on both sides, or on none");
        }

        if (connect.Ports.Length > 1 && connect.Ports.Length != listen.Ports.Length)
        {
            throw Wrong(device, $"{listen.Ports.Length} ports cannot be forwarded to {connect.Ports.Length}; give as many, or one");
        }

        if (part.TellsClient && connect.Protocol != "tcp")
        {
            throw Wrong(device, "proxy_protocol needs connect=tcp:…");
        }
    }

    private static BerthException Wrong(string device, string reason) => BerthException.BadRequest($"Device \"{device}\": {reason}");
}
