namespace Berth.Core.Images.Building;

/// <summary>Steps of a build as the tools announce them, with the share of the time that has passed when they begin.</summary>
internal static class BuildSteps
{
    public static readonly IReadOnlyList<(string Mark, int Percent, string Text)> Marks =
    [
        ("I: running apt-get update", 3, "Reading package lists"),
        ("I: downloading packages", 10, "Downloading packages"),
        ("I: downloading and extracting packages", 5, "Downloading and extracting packages"),
        ("I: extracting archives", 25, "Extracting packages"),
        ("I: installing essential packages", 30, "Installing essential packages"),
        ("I: installing remaining packages", 40, "Installing packages and kernel"),
        ("I: cleaning package lists", 78, "Cleaning up"),
    ];

    public const int Packing = 80;
    public const int Importing = 95;
}
