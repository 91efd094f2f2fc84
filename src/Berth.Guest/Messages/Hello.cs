namespace Berth.Guest.Messages;

/// <param name="Version"><see cref="Framing.FrameFormat.Version"/> of the host.</param>
public sealed record Hello(int Version);

/// <param name="Version"><see cref="Framing.FrameFormat.Version"/> of the agent.</param>
/// <param name="AgentVersion">Product version of the agent.</param>
/// <param name="Features">What this agent knows beyond the first one; null: nothing. A request that an agent does not know would end its session.</param>
public sealed record Welcome(int Version, string AgentVersion, string[]? Features = null)
{
    /// <summary>The agent serves the guest API's socket (<see cref="GuestApiRequest"/>).</summary>
    public const string GuestApi = "guest-api";
}
