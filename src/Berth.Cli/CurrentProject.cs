namespace Berth.Cli;

/// <summary>The project that <c>berth project switch</c> chose, kept in <c>~/.config/berth/project</c>. <c>BERTH_PROJECT</c> comes first.</summary>
internal static class CurrentProject
{
    private static string File => Path.Combine(ConfigDirectory.Path, "project");

    /// <summary>The name, or empty for the server's default.</summary>
    public static string Read()
    {
        if (Environment.GetEnvironmentVariable("BERTH_PROJECT") is { Length: > 0 } project)
        {
            return project;
        }

        var file = File;
        return System.IO.File.Exists(file) ? System.IO.File.ReadAllText(file).Trim() : "";
    }

    public static void Write(string project)
    {
        var file = File;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllText(file, project + "\n");
    }
}
