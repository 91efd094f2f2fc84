using Berth.Core.Networks.Config;

namespace Berth.Core.Networks;

/// <summary>The keys of managed bridges, for whoever lists what Berth supports.</summary>
public static class NetworkCatalogue
{
    public static IReadOnlyCollection<string> Keys => NetworkKeys.Names;

    /// <exception cref="BerthException">The value is not taken.</exception>
    public static void Validate(string key, string value) => NetworkKeys.Validate("", key, value);
}
