namespace Berth.Core.Instances;

/// <summary>Which instances a configuration key is for.</summary>
public enum KeyScope
{
    Any,
    Container,
    Machine,
}

/// <summary>One configuration key of instances, or a family of keys where the name ends in <c>*</c>.</summary>
/// <param name="Name">As clients write it.</param>
/// <param name="Type"><c>bool</c>, <c>integer</c>, <c>string</c> or <c>blob</c>.</param>
/// <param name="Description">What it does, in a few words.</param>
public sealed record ConfigKey(string Name, string Type, string Description)
{
    public KeyScope Scope { get; init; }

    /// <summary>What holds where it is not set; null where nothing does.</summary>
    public string? Default { get; init; }

    /// <summary>A change reaches a running instance at once; else it holds from the next start on.</summary>
    public bool Live { get; init; }

    /// <summary>Why Berth does not do it, and what to do instead. Values that ask for nothing are taken all the same.</summary>
    public string? Refusal { get; init; }

    /// <summary>Whether this is a family of keys that begin alike.</summary>
    public bool IsFamily => Name.EndsWith('*');

    /// <summary>Says what is wrong with a value, or null.</summary>
    internal Func<string, string?> Check { get; init; } = ConfigValues.Any;

    /// <summary>Whether a value asks for nothing but the default, so that there is nothing to refuse.</summary>
    internal Func<string, bool> AsksNothing { get; init; } = static value => value.Length == 0;

    internal string Prefix => Name[..^1];

    internal static ConfigKey Bool(string name, string description, bool byDefault = false) =>
        new(name, "bool", description) { Check = ConfigValues.Boolean, Default = byDefault ? "true" : "false" };

    internal static ConfigKey Integer(string name, string description) => new(name, "integer", description) { Check = ConfigValues.Integer };

    internal static ConfigKey Text(string name, string description) => new(name, "string", description);

    internal static ConfigKey Blob(string name, string description) => new(name, "blob", description);

    /// <summary>A switch that cannot be switched on here.</summary>
    internal static ConfigKey OffOnly(string name, string description, string refusal) =>
        Bool(name, description) with { Refusal = refusal, AsksNothing = ConfigCatalogue.IsFalse };

    internal ConfigKey ForContainers() => this with { Scope = KeyScope.Container };

    internal ConfigKey ForMachines() => this with { Scope = KeyScope.Machine };
}
