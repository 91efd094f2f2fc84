namespace Berth.Core.Projects;

/// <summary>Paths of the API as they are written in answers and events.</summary>
public static class ApiPath
{
    /// <summary>The project of such a path.</summary>
    public static string ProjectOf(string path) =>
        path.Split("?project=", 2) is [_, var project] ? Uri.UnescapeDataString(project) : ProjectRecord.Default;

    /// <summary>The path of something in a project: other projects than the default one are named in the query (as Incus).</summary>
    public static string In(string project, string path) =>
        project == ProjectRecord.Default ? path : $"{path}?project={Uri.EscapeDataString(project)}";
}
