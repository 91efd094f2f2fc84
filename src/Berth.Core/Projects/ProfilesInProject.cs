using Berth.Core.Profiles;

namespace Berth.Core.Projects;

/// <summary>The profiles of a project.</summary>
public sealed class ProfilesInProject(ProfileService profiles) : IProjectContent
{
    public IEnumerable<string> UsedBy(string project) => profiles.List(project).Select(ProfileService.PathOf);

    public Task RemoveAllAsync(string project, CancellationToken cancel)
    {
        foreach (var profile in profiles.List(project).Where(p => p.Name != ProfileRecord.Default))
        {
            profiles.Delete(project, profile.Name, users: []);
        }

        return Task.CompletedTask;
    }
}
