namespace Berth.Api;

/// <summary>Start over from an image: <c>POST /1.0/instances/NAME/rebuild</c>.</summary>
public sealed record InstanceRebuildPost
{
    public InstanceSource Source { get; init => field = value ?? new(); } = new();
}
