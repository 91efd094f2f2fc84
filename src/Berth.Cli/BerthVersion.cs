using System.Reflection;

namespace Berth.Cli;

/// <summary>Version of this program.</summary>
internal static class BerthVersion
{
    public static string Text { get; } =
        typeof(BerthVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
