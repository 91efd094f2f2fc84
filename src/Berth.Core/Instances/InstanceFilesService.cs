namespace Berth.Core.Instances;

/// <summary>Gives an instance's files, whether it runs or not. A stopped one is held meanwhile, so that it is not started under the writer.</summary>
public sealed class InstanceFilesService(InstanceLifecycle lifecycle, RunSpecBuilder specs)
{
    public async Task UseAsync(Instance instance, Func<IInstanceFiles, Task> work, CancellationToken cancel)
    {
        if (instance.Running is { } running)
        {
            await work(running.Files);
            return;
        }

        using var hold = await instance.HoldAsync("files", cancel);
        if (instance.Running is { } started)
        {
            await work(started.Files);
            return;
        }

        await using var files = await lifecycle.Engine(instance.Record.Kind).OpenStoppedFilesAsync(
            await specs.BuildAsync(instance.Record, cancel), cancel);
        await work(files);
    }
}
