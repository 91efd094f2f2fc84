namespace Berth.Cli.Remotes;

/// <summary>An image as people name it: <c>debian/12</c>, or <c>remote:debian/12</c>.</summary>
/// <param name="Remote">Null: the server that berth works on.</param>
internal sealed record ImageName(Remote? Remote, string Name)
{
    /// <exception cref="CliException">The remote is not known.</exception>
    public static ImageName Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || text.AsSpan(0, colon).Contains('/'))
        {
            return new(null, text);
        }

        var (remote, name) = (text[..colon], text[(colon + 1)..]);
        return remote == Remotes.Remote.Local ? new(null, name) : new(RemoteList.Load().Get(remote), name);
    }
}
