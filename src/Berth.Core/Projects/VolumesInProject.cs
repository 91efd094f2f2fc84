using Berth.Core.Storage.Volumes;

namespace Berth.Core.Projects;

/// <summary>The custom volumes of a project.</summary>
public sealed class VolumesInProject(VolumeService volumes) : IProjectContent
{
    public IEnumerable<string> UsedBy(string project) =>
        Of(project).Select(v => ApiPath.In(project, $"/1.0/storage-pools/{v.Pool}/volumes/custom/{Uri.EscapeDataString(v.Name)}"));

    public async Task RemoveAllAsync(string project, CancellationToken cancel)
    {
        foreach (var volume in Of(project).ToList())
        {
            await volumes.DeleteAsync(volume, cancel);
        }
    }

    /// <summary>As they count against the project's limits.</summary>
    public IReadOnlyList<ProjectVolume> Counted(string project) =>
        [.. Of(project).Select(v => new ProjectVolume(v.Pool, v.Name, v.Config.GetValueOrDefault("size")))];

    private IEnumerable<VolumeRecord> Of(string project) => volumes.List().Where(v => v.Project == project);
}
