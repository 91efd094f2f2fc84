using System.Runtime.CompilerServices;
using Berth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Tests.Networks;

/// <summary>
/// Runs the whole test process again in a network namespace of its own, before anything else: the tests here make bridges,
/// routes and nftables rules for real, and the host must never see any of them.
/// </summary>
internal static class OwnNetworkNamespace
{
    private const string Mark = "BERTH_TEST_OWN_NETWORK";

    /// <summary>Whether tests may touch the network.</summary>
    public static bool IsHere => Environment.GetEnvironmentVariable(Mark) == "1" && Environment.IsPrivilegedProcess;

    [ModuleInitializer]
    internal static void Enter()
    {
        if (Environment.GetEnvironmentVariable(Mark) is not null || !Environment.IsPrivilegedProcess)
        {
            return;
        }

        var own = File.ReadAllText("/proc/self/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        environment[Mark] = "1";
        var child = Spawner.Start(new()
        {
            Argv = ["unshare", "--net", "--", Environment.ProcessPath!, .. own.Skip(1)],
            Environment = environment,
            Fds = Enumerable.Range(0, 3).ToDictionary(fd => fd, fd => (System.Runtime.InteropServices.SafeHandle)new SafeFileHandle(fd, ownsHandle: false)),
        });
        AppDomain.CurrentDomain.ProcessExit += (_, _) => child.KillGroup();
        using var interrupted = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGTERM, _ => child.KillGroup());

        // The tests have their own deadlines; this process is only their parent. No runner exists yet that could be awaited in.
#pragma warning disable xUnit1031
        Environment.Exit(child.Exited.GetAwaiter().GetResult().Code);
#pragma warning restore xUnit1031
    }
}
