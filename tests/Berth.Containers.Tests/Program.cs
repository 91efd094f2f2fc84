using System.Runtime.CompilerServices;
using Berth.Containers;

return ContainerHelpers.TryRun(args, out var exitCode) ? exitCode : await RunTests(args);

// Apart, so that a helper does not load the test framework.
[MethodImpl(MethodImplOptions.NoInlining)]
static Task<int> RunTests(string[] args) =>
    args.Contains("--server") || args.Contains("--internal-msbuild-node")
        ? Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, Berth.Containers.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
