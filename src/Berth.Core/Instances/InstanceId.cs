namespace Berth.Core.Instances;

/// <summary>What an instance is: the API says "container" or "virtual-machine".</summary>
public enum InstanceKind
{
    Container,
    Machine,
}

/// <summary>An instance's place in the API: unique on a host.</summary>
public readonly record struct InstanceId(string Project, string Name)
{
    public const string DefaultProject = "default";

    /// <summary>Name for directories, cgroups and logs: the name itself in the default project, else project_name (as Incus).</summary>
    public string Key => Project == DefaultProject ? Name : $"{Project}_{Name}";

    public override string ToString() => Project == DefaultProject ? Name : $"{Project}/{Name}";
}
