using System.CommandLine;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Output;
using Berth.Cli.Terminal;

namespace Berth.Cli;

/// <summary>What a command works with: the daemon, where to write, and how talkative to be.</summary>
internal sealed class Session : IDisposable
{
    public const string DefaultSocket = "/run/berth/berth.socket";
    private readonly Lazy<BerthClient> _client;

    public Session(string project, bool quiet, TextWriter? output = null, TextWriter? error = null)
    {
        Quiet = quiet;
        Out = output ?? StandardStreams.Out;
        Error = error ?? StandardStreams.Error;
        _client = new Lazy<BerthClient>(() => new BerthClient(SocketPath, project));
    }

    public static string SocketPath =>
        Environment.GetEnvironmentVariable("BERTH_SOCKET") is { Length: > 0 } path ? path : DefaultSocket;

    public bool Quiet { get; }

    public TextWriter Out { get; }

    public TextWriter Error { get; }

    public BerthClient Client => _client.Value;

    public static Session From(ParseResult result) =>
        new(result.GetValue(GlobalOptions.Project) ?? CurrentProject.Read(), result.GetValue(GlobalOptions.Quiet));

    /// <summary>Follows an answer's background operation to its end, if there is one.</summary>
    public Task<Operation> WaitAsync(ApiReply reply, string title, CancellationToken cancellation) =>
        new OperationWaiter(Client, NewProgress()).WaitAsync(reply, title, cancellation);

    public ProgressLine NewProgress() => new(Error, !Quiet && TerminalSize.IsTerminal(2));

    /// <summary>A line about what was done, unless <c>--quiet</c>.</summary>
    public void Say(string text)
    {
        if (!Quiet)
        {
            Out.WriteLine(text);
            Out.Flush();
        }
    }

    public void Dispose()
    {
        Out.Flush();
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }
}
