using Berth.Guest.Messages;
using Berth.Guest.Sessions;
using Berth.Linux;

namespace Berth.Agent;

/// <summary>Runs a program for the host until its streams have ended.</summary>
internal static class Exec
{
    public static async Task RunAsync(ExecRequest request, GuestChannel channel)
    {
        var plan = ExecPlan.Make(request);
        await using var run = Start(plan, request.Terminal);
        await using var killed = channel.Cancelled.Register(() => run.Child.KillGroup());
        await channel.SendControlAsync(new StartedControl(run.Child.Pid), channel.Cancelled);

        _ = ObeyAsync(channel, run);
        _ = FeedAsync(channel.Input(0), run);
        var output = DrainAsync(run.Output, channel.Output(1), channel.Cancelled);
        var error = run.Error is { } stderr ? DrainAsync(stderr, channel.Output(2), channel.Cancelled) : Task.CompletedTask;
        var status = await run.Child.Exited;
        await channel.SendControlAsync(new ExitedControl(status.Code), channel.Cancelled);
        await Task.WhenAll(output, error);
    }

    private static ExecStreams Start(ExecPlan plan, TerminalSize? terminal)
    {
        try
        {
            return terminal is null ? ExecPipes.Start(plan) : ExecTerminal.Start(plan, terminal);
        }
        catch (LinuxException e) when (e.Call == "posix_spawn")
        {
            throw new GuestException(
                e.Errno == Errno.ENOENT ? GuestErrorKind.CommandNotFound : GuestErrorKind.CommandNotExecutable, e.Message);
        }
    }

    private static async Task ObeyAsync(GuestChannel channel, ExecStreams run)
    {
        await foreach (var control in channel.Controls.ReadAllAsync())
        {
            if (control is SignalControl { Signal: > 0 and < 65 } signal)
            {
                run.Child.KillGroup(signal.Signal);
            }
            else if (control is ResizeControl resize)
            {
                run.Resize(resize.Columns, resize.Rows);
            }
        }
    }

    private static async Task FeedAsync(Stream from, ExecStreams run)
    {
        try
        {
            await from.CopyToAsync(run.Input);
            await run.EndInputAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or GuestException)
        {
            // The program reads no more, or the host writes no more: the exit tells the rest.
        }
    }

    private static async Task DrainAsync(Stream from, Stream to, CancellationToken cancel)
    {
        await using (to)
        {
            await from.CopyToAsync(to, cancel);
        }
    }
}
