using Berth.Core.Instances;

namespace Berth.Core.Projects;

/// <summary>The instances of a project.</summary>
public sealed class InstancesInProject(InstanceRegistry registry, InstanceLifecycle lifecycle, InstanceRemover remover) : IProjectContent
{
    public IEnumerable<string> UsedBy(string project) => registry.InProject(project).Select(InstanceLifecycle.PathOf);

    public async Task RemoveAllAsync(string project, CancellationToken cancel)
    {
        foreach (var instance in registry.InProject(project).ToList())
        {
            if (instance.Running is not null)
            {
                await lifecycle.KillAsync(instance, cancel);
            }

            await remover.DeleteAsync(instance, cancel);
        }
    }
}
