namespace Berth.Agent;

internal static class Product
{
    public static string Version { get; } = typeof(Product).Assembly.GetName().Version?.ToString(3) ?? "0";
}
