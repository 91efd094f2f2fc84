using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Berth.Cli;

/// <summary>Help with examples.</summary>
internal static class Help
{
    public static void Install(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new Action((HelpAction)option.Action!);
        }
    }

    public static bool IsAsked(ParseResult result) => result.Action is Action;

    /// <summary>All commands by group, without building any of them.</summary>
    public static void Overview(TextWriter output)
    {
        output.WriteLine("Berth: virtual machines and system containers side by side.");
        output.WriteLine();
        output.WriteLine("Usage: berth <command> [options]");
        foreach (var group in CommandTable.All.Where(entry => entry.Group.Length > 0).GroupBy(entry => entry.Group))
        {
            output.WriteLine();
            output.WriteLine($"{group.Key}:");
            foreach (var entry in group)
            {
                output.WriteLine($"  {entry.Name,-12} {entry.Summary}");
            }
        }

        output.WriteLine();
        output.WriteLine("Every command takes --help, --project NAME, --quiet (-q) and --debug.");
        output.WriteLine();
        output.WriteLine("Examples:");
        output.WriteLine("  berth image build debian/12                          Build an image that starts both kinds");
        output.WriteLine("  berth launch debian/12 web1                          A container");
        output.WriteLine("  berth launch debian/12 vm1 --vm -c limits.memory=1GiB  A virtual machine");
        output.WriteLine("  berth exec web1 -- uname -a                          Run a command in it");
    }

    private sealed class Action(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var output = parseResult.InvocationConfiguration.Output;
            var code = inner.Invoke(parseResult);
            if (parseResult.CommandResult.Command is BerthCommand command)
            {
                if (command.Remarks.Length > 0)
                {
                    output.WriteLine(command.Remarks);
                    output.WriteLine();
                }

                if (command.Examples.Count > 0)
                {
                    output.WriteLine("Examples:");
                    foreach (var example in command.Examples)
                    {
                        output.WriteLine($"  {example}");
                    }

                    output.WriteLine();
                }
            }

            return code;
        }
    }
}
