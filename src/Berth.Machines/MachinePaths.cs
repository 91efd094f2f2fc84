using Berth.Core.Instances;

namespace Berth.Machines;

/// <summary>Where one machine keeps what it makes.</summary>
internal sealed record MachinePaths(string Runtime, string State, string Logs)
{
    public string QmpSocket => Path.Combine(Runtime, "qmp.sock");

    public string ConsoleSocket => Path.Combine(Runtime, "console.sock");

    public string AgentSocket => Path.Combine(Runtime, "agent.sock");

    public string ConsoleLog => Path.Combine(Logs, "console.log");

    public string QemuLog => Path.Combine(Logs, "qemu.log");

    public static MachinePaths Of(RunSpec spec) => new(spec.RuntimeDirectory, spec.StateDirectory, spec.LogDirectory);

    public void RemoveSockets()
    {
        File.Delete(QmpSocket);
        File.Delete(ConsoleSocket);
        File.Delete(AgentSocket);
    }
}
