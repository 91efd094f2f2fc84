using Berth.Guest.Messages;

namespace Berth.Agent;

/// <summary>A request to run a program, completed as a login would: environment, directory, absolute program.</summary>
internal sealed record ExecPlan(string[] Argv, Dictionary<string, string> Environment, string Directory)
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin";
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static ExecPlan Make(ExecRequest request)
    {
        if (request.Command.Length == 0 || request.Command[0].Length == 0)
        {
            throw new GuestException(GuestErrorKind.BadRequest, "No command was given.");
        }
        var account = Account.Find(request.Uid, request.Gid);
        var environment = DefaultEnvironment(account, request.Terminal is not null);
        foreach (var (name, value) in request.Environment)
        {
            environment[name] = value;
        }
        var directory = WorkingDirectory(request, account);
        var program = FindProgram(request.Command[0], environment["PATH"], directory);
        string[] argv = request is { Uid: 0, Gid: 0 }
            ? [program, .. request.Command.AsSpan(1)]
            : RunAs.Wrap(request.Uid, request.Gid, account.Groups, directory, program, request.Command);
        return new ExecPlan(argv, environment, request is { Uid: 0, Gid: 0 } ? directory : "/");
    }

    private static Dictionary<string, string> DefaultEnvironment(Account account, bool terminal)
    {
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = account.Home,
            ["USER"] = account.Name,
            ["LOGNAME"] = account.Name,
            ["PATH"] = DefaultPath,
            ["LANG"] = "C.UTF-8",
        };
        if (terminal)
        {
            environment["TERM"] = "xterm";
        }
        return environment;
    }

    private static string FindProgram(string command, string path, string workingDirectory)
    {
        var candidates = command.Contains('/', StringComparison.Ordinal)
            ? [Path.Combine(workingDirectory, command)]
            : path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(directory => Path.Combine(workingDirectory, directory, command));
        string? refused = null;
        foreach (var candidate in candidates.Where(Path.Exists))
        {
            if (File.Exists(candidate) && (File.GetUnixFileMode(candidate) & AnyExecute) != 0)
            {
                return candidate;
            }
            refused ??= candidate;
        }
        throw refused is null
            ? NotFound(command)
            : new GuestException(GuestErrorKind.CommandNotExecutable, $"{refused} is not executable.");
    }

    private static GuestException NotFound(string command) =>
        new(GuestErrorKind.CommandNotFound, $"{command}: no such command in the machine.");

    private static string WorkingDirectory(ExecRequest request, Account account)
    {
        if (request.WorkingDirectory is not { Length: > 0 } wanted)
        {
            return System.IO.Directory.Exists(account.Home) ? account.Home : "/";
        }
        return System.IO.Directory.Exists(wanted)
            ? wanted
            : throw new GuestException(GuestErrorKind.NotFound, $"The working directory {wanted} does not exist in the machine.");
    }
}
