using System.Diagnostics;

namespace Berth.Cli.Input;

/// <summary>The user's editor on a temporary file.</summary>
internal static class Editor
{
    /// <summary>Opens <paramref name="path"/> in <c>$VISUAL</c>, <c>$EDITOR</c>, else <c>editor</c> or <c>vi</c>, and waits until it is closed.</summary>
    public static async Task OpenAsync(string path, CancellationToken cancellation)
    {
        var editor = Environment.GetEnvironmentVariable("VISUAL") is { Length: > 0 } visual ? visual
            : Environment.GetEnvironmentVariable("EDITOR") is { Length: > 0 } line ? line
            : File.Exists("/usr/bin/editor") ? "editor" : "vi";
        // The variable may hold arguments ("code --wait"), so the shell takes it apart; the path stays an argument of its own.
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", editor + " \"$1\"", "sh", path } };
        using var process = Process.Start(start) ?? throw new CliException($"cannot start the editor {editor}");
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
        {
            throw new CliException($"the editor {editor} ended with code {process.ExitCode}; nothing was changed");
        }
    }

    /// <summary>
    /// Lets the user edit <paramref name="text"/> until <paramref name="apply"/> takes it. Text from a pipe is applied once.
    /// </summary>
    public static async Task EditAsync(Session session, string text, Func<string, Task> apply, CancellationToken cancellation)
    {
        if (!Terminal.TerminalSize.IsTerminal(0))
        {
            await apply(StandardInput.ReadAll());
            return;
        }

        var path = Path.Combine(Path.GetTempPath(), $"berth-edit-{Guid.NewGuid():N}.yaml");
        try
        {
            await File.WriteAllTextAsync(path, text, cancellation);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            while (true)
            {
                await OpenAsync(path, cancellation);
                try
                {
                    await apply(await File.ReadAllTextAsync(path, cancellation));
                    return;
                }
                catch (Exception e) when (e is CliException or Client.ApiException)
                {
                    session.Error.WriteLine($"Error: {e.Message}");
                    var answer = StandardInput.Ask(session, "Press enter to edit again, or write q to give up: ");
                    if (answer.StartsWith('q'))
                    {
                        throw new CliException("nothing was changed");
                    }
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
