using Berth.Core.Instances;

namespace Berth.Core.Networks;

/// <summary>A NIC to resolve.</summary>
/// <param name="InstanceKey">Key of the instance, see <c>InstanceId.Key</c>.</param>
/// <param name="Kind">Containers get a veth pair, machines a tap.</param>
/// <param name="Device">Name of the device, for example <c>eth0</c>.</param>
/// <param name="Config">The device's configuration, profiles applied.</param>
/// <param name="InstanceConfig">The instance's configuration: <c>volatile.DEVICE.hwaddr</c> and <c>.host_name</c> are read from it.</param>
public sealed record NicRequest(
    string InstanceKey,
    InstanceKind Kind,
    string Device,
    IReadOnlyDictionary<string, string> Config,
    IReadOnlyDictionary<string, string> InstanceConfig);
