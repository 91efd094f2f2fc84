namespace Berth.Core.Server;

/// <summary>What a server key's value is, as <c>/1.0/metadata/configuration</c> names it.</summary>
public enum ServerKeyType
{
    String,
    Bool,
    Integer,
}

/// <summary>
/// A key of the server's configuration (<c>PUT /1.0</c>). Whoever implements one registers it with
/// <see cref="ServerConfig.Register"/>; a key that nobody registered is refused by name.
/// </summary>
/// <param name="Name">As in Incus, for example <c>core.https_address</c>.</param>
/// <param name="Description">One sentence for <c>/1.0/metadata/configuration</c>.</param>
public sealed record ServerKey(string Name, string Description)
{
    public ServerKeyType Type { get; init; } = ServerKeyType.String;

    /// <summary>What holds while the key is not set; never stored.</summary>
    public string Default { get; init; } = "";

    /// <summary>Says why a value (never empty) is not taken; null when it is. The form that <see cref="Type"/> demands is checked before.</summary>
    public Func<string, string?>? Check { get; init; }

    /// <summary>
    /// Puts a changed value into effect: old and new effective value (<see cref="Default"/> where unset). Called after the change was
    /// stored; when it throws, the old value is stored again, put into effect again, and the client is told.
    /// </summary>
    public Func<string, string, CancellationToken, Task>? Changed { get; init; }
}
