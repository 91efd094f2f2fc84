namespace Berth.Linux.Files;

/// <summary>How <see cref="RootedDirectory.OpenFile"/> opens a file.</summary>
/// <param name="Create">It is made when it is not there.</param>
/// <param name="Exclusive">With <paramref name="Create"/>: that it is there is an error (EEXIST).</param>
/// <param name="Truncate">Its content goes.</param>
/// <param name="Append">Every write goes to its end.</param>
public readonly record struct FileOpenOptions(bool Create = false, bool Exclusive = false, bool Truncate = false, bool Append = false);
