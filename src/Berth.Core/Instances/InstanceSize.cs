using System.Collections.Immutable;
using System.Globalization;

namespace Berth.Core.Instances;

/// <summary>
/// Sizes in short (<c>incus launch -t c2-m4</c>): <c>c</c> and a number of CPUs, <c>m</c> and GiB of memory;
/// fractions are fine. The names that clouds give to their sizes are not known here.
/// </summary>
public static class InstanceSize
{
    private const float Most = 1 << 20;

    /// <summary>The configuration that a size stands for.</summary>
    /// <exception cref="BerthException">BadRequest, Unsupported.</exception>
    public static ImmutableSortedDictionary<string, string> Parse(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal))
        {
            throw BerthException.Unsupported($"Instance types of clouds (\"{Shown(text)}\") are not supported: give CPUs and memory, such as c2-m4, or set limits.cpu and limits.memory");
        }

        var config = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split('-'))
        {
            if (part.Length < 2 || part[0] is not ('c' or 'm')
                || !float.TryParse(part.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number is not (> 0 and <= Most))
            {
                throw BerthException.BadRequest($"Provided instance type doesn't exist: {Shown(text)}; give CPUs and GiB of memory, such as c2-m4");
            }

            if (part[0] == 'm')
            {
                config["limits.memory"] = string.Create(CultureInfo.InvariantCulture, $"{(long)(number * 1024)}MiB");
                continue;
            }

            var cpus = MathF.Ceiling(number);
            config["limits.cpu"] = cpus.ToString("F0", CultureInfo.InvariantCulture);
            if ((int)(number / cpus * 100) is < 100 and var share)
            {
                config["limits.cpu.allowance"] = $"{share}%";
            }
        }

        return config.ToImmutable();
    }

    private static string Shown(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
