using Berth.Core.Instances;

namespace Berth.Machines;

/// <summary>Where one machine keeps what it makes.</summary>
internal sealed record MachinePaths(string Runtime, string State, string Logs)
{
    public string QmpSocket => Path.Combine(Runtime, "qmp.sock");

    public string ConsoleSocket => Path.Combine(Runtime, "console.sock");

    public string AgentSocket => Path.Combine(Runtime, "agent.sock");

    /// <summary>The disk with the seed for cloud-init.</summary>
    public string Seed => Path.Combine(Runtime, "cidata.iso");

    public string ConsoleLog => Path.Combine(Logs, "console.log");

    public string QemuLog => Path.Combine(Logs, "qemu.log");

    public static MachinePaths Of(RunSpec spec) => new(spec.RuntimeDirectory, spec.StateDirectory, spec.LogDirectory);

    /// <summary>A string for SMBIOS table 11.</summary>
    public string SmbiosFile(string number) => Path.Combine(Runtime, "smbios11-" + number);

    /// <summary>Removes what is of one run: sockets, and what the machine was told by files.</summary>
    public void RemoveSockets()
    {
        File.Delete(Seed);
        foreach (var file in Directory.Exists(Runtime) ? Directory.GetFiles(Runtime, "smbios11-*") : [])
        {
            File.Delete(file);
        }

        File.Delete(QmpSocket);
        File.Delete(ConsoleSocket);
        File.Delete(AgentSocket);
    }
}
