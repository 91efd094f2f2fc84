using System.Collections.Immutable;

namespace Berth.Core.Images.Metadata;

/// <summary>A file that is made in each instance from a template of the image.</summary>
public sealed record ImageTemplate
{
    /// <summary>Name of the file in the image's <c>templates/</c>.</summary>
    public string Template { get; init; } = "";

    /// <summary>When it is applied: <c>create</c>, <c>copy</c>, <c>rename</c>, <c>start</c>.</summary>
    public ImmutableArray<string> When { get; init; } = [];

    /// <summary>A file that is there is left as it is.</summary>
    public bool CreateOnly { get; init; }

    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Owner of a new file, in decimal; empty: root.</summary>
    public string Uid { get; init; } = "";

    public string Gid { get; init; } = "";

    /// <summary>Permission bits of a new file, in octal; empty: 0644.</summary>
    public string Mode { get; init; } = "";
}
