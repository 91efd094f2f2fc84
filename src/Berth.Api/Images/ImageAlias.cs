namespace Berth.Api;

/// <summary>A name of an image, as the image lists it.</summary>
public sealed record ImageAlias
{
    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";
}

/// <summary>A name of an image: <c>GET /1.0/images/aliases/NAME</c>.</summary>
public sealed record ImageAliasesEntry
{
    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public string Target { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>A new name.</summary>
public sealed record ImageAliasesPost
{
    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public string Target { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>What may be changed of a name.</summary>
public sealed record ImageAliasesEntryPut
{
    public string Description { get; init => field = value ?? ""; } = "";

    public string Target { get; init => field = value ?? ""; } = "";
}

/// <summary>Rename.</summary>
public sealed record ImageAliasesEntryPost
{
    public string Name { get; init => field = value ?? ""; } = "";
}
