using System.CommandLine;

namespace Berth.Cli.Commands.Instances;

/// <summary>Options of <c>launch</c> and <c>create</c>.</summary>
internal sealed class LaunchOptions
{
    public Option<string[]> Config { get; } = CommonOptions.Many("Configuration of the instance", "key=value", "--config", "-c");

    public Option<string[]> Device { get; } =
        CommonOptions.Many("A device, or changes to one that a profile gives", "device,key=value", "--device", "-d");

    public Option<string[]> Profile { get; } = CommonOptions.Many("Profile to apply (default: default)", "profile", "--profile", "-p");

    public Option<bool> NoProfiles { get; } = new("--no-profiles") { Description = "Apply no profile, not even the default one" };

    public Option<bool> Machine { get; } = new("--vm") { Description = "A virtual machine instead of a container" };

    public Option<bool> Ephemeral { get; } = new("--ephemeral", "-e") { Description = "Delete the instance when it stops" };

    public Option<bool> Empty { get; } = new("--empty") { Description = "An instance without an image" };

    public Option<string?> Network { get; } = new("--network", "-n") { Description = "Network to attach to, as device eth0", HelpName = "network" };

    public Option<string?> Storage { get; } = new("--storage", "-s") { Description = "Storage pool of the root disk", HelpName = "pool" };

    public Option<string?> Type { get; } = new("--type", "-t") { Description = "Size by name, such as c2-m4 (2 CPUs, 4 GiB)", HelpName = "type" };

    public Option<string?> Description { get; } = new("--description") { Description = "Description of the instance", HelpName = "text" };

    public Option<string?> EnvironmentFile { get; } = new("--environment-file")
    {
        Description = "File of KEY=VALUE lines that become environment.KEY",
        HelpName = "file",
    };

    public IReadOnlyList<Option> All =>
        [Config, Device, Profile, NoProfiles, Machine, Ephemeral, Empty, Network, Storage, Type, Description, EnvironmentFile];
}
