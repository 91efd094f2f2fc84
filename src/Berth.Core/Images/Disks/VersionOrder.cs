namespace Berth.Core.Images.Disks;

/// <summary>Orders versions as people read them: numbers by value, the rest by letter (6.9 before 6.10).</summary>
internal sealed class VersionOrder : IComparer<string>
{
    public static readonly VersionOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var a = x.AsSpan();
        var b = y.AsSpan();
        while (a.Length > 0 && b.Length > 0)
        {
            var byPart = char.IsAsciiDigit(a[0]) && char.IsAsciiDigit(b[0]) ? ByNumber(ref a, ref b) : ByLetter(ref a, ref b);
            if (byPart != 0)
            {
                return byPart;
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    private static int ByNumber(ref ReadOnlySpan<char> a, ref ReadOnlySpan<char> b)
    {
        var left = Digits(ref a).TrimStart('0');
        var right = Digits(ref b).TrimStart('0');
        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
    }

    private static int ByLetter(ref ReadOnlySpan<char> a, ref ReadOnlySpan<char> b)
    {
        var order = a[0].CompareTo(b[0]);
        a = a[1..];
        b = b[1..];
        return order;
    }

    private static ReadOnlySpan<char> Digits(ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? text : text[..end];
        text = text[digits.Length..];
        return digits;
    }
}
