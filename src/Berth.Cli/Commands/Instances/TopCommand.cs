using System.CommandLine;
using System.Globalization;
using Berth.Api;
using Berth.Cli.Output;
using Berth.Cli.Terminal;

namespace Berth.Cli.Commands.Instances;

/// <summary><c>berth top</c>: what running instances use, again and again.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);
    private static readonly string[] s_header = ["INSTANCE NAME", "TYPE", "CPU", "MEMORY", "DISK", "RECEIVED", "SENT"];

    public static Command Build()
    {
        var everywhere = CommonOptions.AllProjects();
        var once = new Option<bool>("--once") { Description = "Measure for two seconds, print, and end" };
        return new BerthCommand("top", "Show what running instances use as it changes")
        {
            Examples = ["berth top", "berth top --all-projects", "berth top --once"],
            Remarks = "CPU is in percent of one CPU. End it with Ctrl-C.",
        }.With(everywhere, once).Runs(async (session, result, cancellation) =>
        {
            var path = "/1.0/instances?recursion=2" + (result.GetValue(everywhere) ? "&all-projects=true" : "");
            var live = TerminalSize.IsTerminal(1) && !result.GetValue(once);
            var (before, at) = (await ReadAsync(), TimeProvider.System.GetTimestamp());
            while (true)
            {
                await Task.Delay(s_interval, cancellation);
                var (now, then) = (await ReadAsync(), at);
                at = TimeProvider.System.GetTimestamp();
                Write(session.Out, before, now, TimeProvider.System.GetElapsedTime(then, at), clear: live);
                if (!live)
                {
                    return;
                }

                before = now;
            }

            async Task<IReadOnlyList<InstanceFull>> ReadAsync() =>
                await session.Client.GetAsync(path, BerthJson.Default.InstanceFullList, cancellation);
        });
    }

    internal static void Write(TextWriter output, IReadOnlyList<InstanceFull> before, IReadOnlyList<InstanceFull> now, TimeSpan passed, bool clear)
    {
        var old = before.Where(i => i.State is not null).ToDictionary(i => (i.Project, i.Name), i => i.State!);
        var rows = now.Where(i => i.State is { Pid: > 0 })
            .Select(i => (Instance: i, State: i.State!, Percent: Percent(i.State!, old.GetValueOrDefault((i.Project, i.Name)), passed)))
            .OrderByDescending(r => r.Percent)
            .ThenBy(r => r.Instance.Name, StringComparer.Ordinal)
            .Select(r => (string[])
            [
                r.Instance.Name,
                r.Instance.Type == "container" ? "CONTAINER" : "VIRTUAL-MACHINE",
                r.Percent.ToString("0.0", CultureInfo.InvariantCulture) + "%",
                Sizes.Bytes(r.State.Memory.Usage),
                r.State.Disk.Values.Sum(d => d.Usage) is > 0 and var disk ? Sizes.Bytes(disk) : "",
                Sizes.Bytes(r.State.Network.Where(n => n.Value.Type != "loopback").Sum(n => n.Value.Counters.BytesReceived)),
                Sizes.Bytes(r.State.Network.Where(n => n.Value.Type != "loopback").Sum(n => n.Value.Counters.BytesSent)),
            ])
            .ToList();
        if (clear)
        {
            // To the top left, and what was there before goes.
            output.Write("\u001b[H\u001b[2J");
        }

        TableWriter.Bordered(output, s_header, rows);
        output.Flush();
    }

    private static double Percent(InstanceState now, InstanceState? before, TimeSpan passed) =>
        before is null || before.Pid != now.Pid ? 0 : Math.Max(0, (now.Cpu.Usage - before.Cpu.Usage) / 1e7 / passed.TotalSeconds);
}
