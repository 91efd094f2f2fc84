namespace Berth.Core.Projects;

/// <summary>One kind of things that live in projects: instances, images, profiles, volumes.</summary>
public interface IProjectContent
{
    /// <summary>API paths of the things of this kind in the project.</summary>
    IEnumerable<string> UsedBy(string project);

    /// <summary>Removes them all, whatever they are doing: the project is being deleted with force.</summary>
    Task RemoveAllAsync(string project, CancellationToken cancel);
}
