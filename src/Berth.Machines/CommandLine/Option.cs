namespace Berth.Machines.CommandLine;

/// <summary>QEMU's option syntax.</summary>
internal static class Option
{
    /// <summary>A value inside a comma list: a comma is written twice.</summary>
    public static string Value(string text) => text.Replace(",", ",,", StringComparison.Ordinal);
}
