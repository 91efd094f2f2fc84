namespace Berth.Guest.Messages;

/// <param name="Version"><see cref="Framing.FrameFormat.Version"/> of the host.</param>
public sealed record Hello(int Version);

/// <param name="Version"><see cref="Framing.FrameFormat.Version"/> of the agent.</param>
/// <param name="AgentVersion">Product version of the agent.</param>
public sealed record Welcome(int Version, string AgentVersion);
