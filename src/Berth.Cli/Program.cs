using System.Runtime.Versioning;
using Berth.Cli;

[assembly: SupportedOSPlatform("linux")]

return await CommandLineApp.RunAsync(args);
