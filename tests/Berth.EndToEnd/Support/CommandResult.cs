using System.Text;

namespace Berth.EndToEnd.Support;

/// <summary>How a command ended, and what it wrote.</summary>
internal sealed record CommandResult(string Command, int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string Line => Text.TrimEnd('\n', '\r');

    /// <summary>The result itself, if the command ended with 0.</summary>
    public CommandResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Command}: exit code {ExitCode}\n{Error}\n{Text}");
        return this;
    }

    /// <summary>The result itself, if the command failed with a message that holds every one of these.</summary>
    public CommandResult Failed(params string[] inMessage)
    {
        Assert.True(ExitCode != 0, $"{Command}: should have failed, but wrote\n{Text}");
        foreach (var part in inMessage)
        {
            Assert.Contains(part, Error + Text, StringComparison.OrdinalIgnoreCase);
        }

        return this;
    }
}
