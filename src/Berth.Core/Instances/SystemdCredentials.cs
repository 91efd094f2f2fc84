using System.Text;

namespace Berth.Core.Instances;

/// <summary>Credentials for the systemd inside (<c>systemd.credential.*</c>), by name.</summary>
public static class SystemdCredentials
{
    private const string Plain = "systemd.credential.";
    private const string Binary = "systemd.credential-binary.";

    public static IReadOnlyDictionary<string, byte[]> Of(IReadOnlyDictionary<string, string> config)
    {
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (key, value) in config)
        {
            if (key.StartsWith(Plain, StringComparison.Ordinal))
            {
                found[key[Plain.Length..]] = Encoding.UTF8.GetBytes(value);
            }
            else if (key.StartsWith(Binary, StringComparison.Ordinal))
            {
                found[key[Binary.Length..]] = Convert.FromBase64String(value);
            }
        }

        return found;
    }
}
