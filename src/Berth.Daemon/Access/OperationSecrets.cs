using System.Security.Cryptography;
using System.Text;
using Berth.Core.Operations;

namespace Berth.Daemon.Access;

/// <summary>The secrets in an operation's metadata: of its websockets (<c>fds</c>, or one by one), or its own (<c>secret</c>).</summary>
internal static class OperationSecrets
{
    private static readonly string[] Keys = ["secret", "fds", "control", "fs", "criu", "nbd"];

    public static bool Has(Operation operation, string secret)
    {
        var found = false;
        foreach (var key in Keys)
        {
            found |= operation.View.Metadata.GetValueOrDefault(key) switch
            {
                string text => Same(text, secret),
                IEnumerable<KeyValuePair<string, string>> map => map.Any(m => Same(m.Value, secret)),
                _ => false,
            };
        }

        return found;
    }

    private static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(a)), SHA256.HashData(Encoding.UTF8.GetBytes(b)));
}
