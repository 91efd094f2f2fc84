using Microsoft.Extensions.Logging;

namespace Berth.Core.Networks;

/// <summary>What the networks log.</summary>
internal static partial class NetworkLog
{
    [LoggerMessage(LogLevel.Warning, "nftables table {Table}: {Problem}")]
    public static partial void FirewallIncomplete(ILogger logger, string table, string problem);

    [LoggerMessage(LogLevel.Information, "Network {Network} is up: {Addresses}")]
    public static partial void Up(ILogger logger, string network, string addresses);

    [LoggerMessage(LogLevel.Error, "Network {Network} could not be brought up")]
    public static partial void Failed(ILogger logger, string network, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Network {Network}: {Setting} could not be set: {Reason}")]
    public static partial void SettingFailed(ILogger logger, string network, string setting, string reason);

    [LoggerMessage(LogLevel.Information, "Network {Network}: took over dnsmasq, pid {Pid}")]
    public static partial void DnsmasqAdopted(ILogger logger, string network, int pid);

    [LoggerMessage(LogLevel.Information, "Network {Network}: started dnsmasq, pid {Pid}")]
    public static partial void DnsmasqStarted(ILogger logger, string network, int pid);

    [LoggerMessage(LogLevel.Warning, "Network {Network}: dnsmasq, pid {Pid}, died; starting it again in {Seconds} s")]
    public static partial void DnsmasqDied(ILogger logger, string network, int pid, double seconds);

    [LoggerMessage(LogLevel.Error, "Network {Network}: dnsmasq could not be started again: {Reason}")]
    public static partial void DnsmasqFailed(ILogger logger, string network, string reason);

    [LoggerMessage(LogLevel.Warning, "Network {Network}: dnsmasq runs as root, because {Directory} is closed to the user {User}")]
    public static partial void DnsmasqAsRoot(ILogger logger, string network, string directory, string user);

    [LoggerMessage(LogLevel.Warning, "Network {Network}: the lease of {Address} could not be given back: {Reason}")]
    public static partial void LeaseNotReleased(ILogger logger, string network, string address, string reason);

    [LoggerMessage(LogLevel.Information, "Removed what was left of the network {Network}, which exists no more")]
    public static partial void OrphanRemoved(ILogger logger, string network);

    [LoggerMessage(LogLevel.Warning, "What was left of the network {Network} could not be removed")]
    public static partial void OrphanStays(ILogger logger, string network, Exception exception);
}
