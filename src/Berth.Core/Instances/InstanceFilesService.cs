namespace Berth.Core.Instances;

/// <summary>Gives an instance's files, whether it runs or not. A stopped one is held meanwhile, so that it is not started under the writer.</summary>
public sealed class InstanceFilesService(InstanceLifecycle lifecycle, RunSpecBuilder specs)
{
    public Task UseAsync(Instance instance, Func<IInstanceFiles, Task> work, CancellationToken cancel) =>
        UseAsync(instance, (files, _) => work(files), yield: null, cancel);

    /// <summary>
    /// For as long as a client likes, so it gives way: of a stopped instance, the token ends as soon as somebody wants the instance
    /// for something else than its files, such as to start it.
    /// </summary>
    public async Task ServeAsync(Instance instance, Func<IInstanceFiles, CancellationToken, Task> work, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await UseAsync(instance, work, over, cancel);
    }

    private async Task UseAsync(
        Instance instance, Func<IInstanceFiles, CancellationToken, Task> work, CancellationTokenSource? yield, CancellationToken cancel)
    {
        if (instance.Running is { } running)
        {
            await work(running.Files, cancel);
            return;
        }

        using var hold = await instance.HoldAsync("files", cancel, yield);
        if (instance.Running is { } started)
        {
            await work(started.Files, cancel);
            return;
        }

        await using var files = await lifecycle.Engine(instance.Record.Kind).OpenStoppedFilesAsync(
            await specs.BuildAsync(instance.Record, cancel), cancel);
        await work(files, yield?.Token ?? cancel);
    }
}
