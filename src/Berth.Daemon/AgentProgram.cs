namespace Berth.Daemon;

/// <summary>The guest agent that images get: it lies beside the daemon.</summary>
internal static class AgentProgram
{
    /// <summary>Its path; null when this installation has none (a development build).</summary>
    public static string? Find()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "berth-agent");
        return File.Exists(path) ? path : null;
    }
}
