using Berth.Cli.Commands;
using Berth.Cli.Commands.Config;
using Berth.Cli.Commands.Files;
using Berth.Cli.Commands.Images;
using Berth.Cli.Commands.Instances;
using Berth.Cli.Commands.Networks;
using Berth.Cli.Commands.Operations;
using Berth.Cli.Commands.Profiles;
using Berth.Cli.Commands.Projects;
using Berth.Cli.Commands.Remotes;
using Berth.Cli.Commands.Server;
using Berth.Cli.Commands.Snapshots;
using Berth.Cli.Commands.Storage;

namespace Berth.Cli;

/// <summary>Every top-level command, in the order of the overview. Only the one called is built.</summary>
internal static class CommandTable
{
    private const string Instances = "Instances";
    private const string Inside = "Inside instances";
    private const string Resources = "What instances use";
    private const string Server = "Server";
    private const string Hidden = "";

    public static IReadOnlyList<CommandEntry> All { get; } =
    [
        new(Instances, "launch", "Create an instance from an image and start it", LaunchCommand.BuildLaunch),
        new(Instances, "create", "Create an instance from an image", LaunchCommand.BuildCreate, "init"),
        new(Instances, "list", "List instances", ListCommand.Build, "ls"),
        new(Instances, "info", "Show an instance or the server", InfoCommand.Build),
        new(Instances, "start", "Start instances", StateCommands.BuildStart),
        new(Instances, "stop", "Stop instances", StateCommands.BuildStop),
        new(Instances, "restart", "Restart instances", StateCommands.BuildRestart),
        new(Instances, "pause", "Pause instances", StateCommands.BuildPause),
        new(Instances, "resume", "Let paused instances go on", StateCommands.BuildResume),
        new(Instances, "delete", "Delete instances", DeleteCommand.Build, "rm"),
        new(Instances, "rename", "Rename an instance", CopyCommands.BuildRename),
        new(Instances, "copy", "Copy an instance or a snapshot", CopyCommands.BuildCopy, "cp"),
        new(Instances, "move", "Rename an instance, or move it to another pool", CopyCommands.BuildMove, "mv"),
        new(Instances, "rebuild", "Give an instance a new root", RebuildCommand.Build),
        new(Instances, "snapshot", "Take, restore and manage snapshots", SnapshotCommand.Build),
        new(Instances, "publish", "Make an image of an instance", PublishCommand.Build),
        new(Instances, "export", "Save an instance to a backup file", BackupCommands.BuildExport),
        new(Instances, "import", "Create an instance from a backup file", BackupCommands.BuildImport),

        new(Inside, "exec", "Run a command in an instance", ExecCommand.Build),
        new(Inside, "shell", "Open a root shell in an instance", ExecCommand.BuildShell),
        new(Inside, "console", "Attach to the console of an instance", ConsoleCommand.Build),
        new(Inside, "file", "Copy, edit and delete files in instances", FileCommand.Build),

        new(Resources, "config", "Show and change configuration and devices", ConfigCommand.Build),
        new(Resources, "profile", "Configuration that instances share", ProfileCommand.Build),
        new(Resources, "image", "Build, import and manage images", ImageCommand.Build),
        new(Resources, "network", "Networks", NetworkCommand.Build),
        new(Resources, "storage", "Storage pools and volumes", StorageCommand.Build),
        new(Resources, "project", "Projects", ProjectCommand.Build),

        new(Server, "operation", "Background operations", OperationCommand.Build),
        new(Server, "monitor", "Show events as they happen", MonitorCommand.Build),
        new(Server, "top", "Show what running instances use as it changes", TopCommand.Build),
        new(Server, "warning", "The server's warnings", WarningCommand.Build),
        new(Server, "remote", "Servers of images by name", RemoteCommand.Build),
        new(Server, "query", "Send a request to the API as it is", QueryCommand.Build),
        new(Server, "version", "Show the versions of client and server", VersionCommand.Build),
        new(Server, "completion", "Completion scripts for bash, zsh and fish", CompletionCommand.Build),

        new(Hidden, "__complete", "", CompletionCommand.BuildComplete),
        Missing("admin", "administrative commands", "berthd sets itself up; see: berth storage, berth network, berth profile"),
        Missing("cluster", "clusters", "each host is on its own"),
        Missing("alias", "command aliases", "use your shell's"),
        Missing("webui", "web consoles", "use the command line"),
    ];

    public static CommandEntry? Find(string word) =>
        All.FirstOrDefault(entry => entry.Name == word || entry.Aliases.Contains(word, StringComparer.Ordinal));

    private static CommandEntry Missing(string name, string what, string instead) =>
        new(Hidden, name, "", () => NotHere.Command(name, what, instead));
}
