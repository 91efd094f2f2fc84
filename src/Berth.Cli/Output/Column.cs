namespace Berth.Cli.Output;

/// <summary>A column that a listing can show, chosen with its letter in <c>--columns</c>.</summary>
internal sealed record Column<T>(char Key, string Header, Func<T, string> Value);
