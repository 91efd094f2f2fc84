namespace Berth.Core.Events;

/// <summary>Who asked for what happens, as lifecycle events name it. It goes along with the work that a request starts, into its operation too.</summary>
/// <param name="Username">User of the socket, or fingerprint of the certificate.</param>
/// <param name="Protocol"><c>unix</c> or <c>tls</c>.</param>
/// <param name="Address">Where the request came from, without a port; <c>@</c> for the socket.</param>
public sealed record Requestor(string Username, string Protocol, string Address)
{
    private static readonly AsyncLocal<Requestor?> Ambient = new();

    /// <summary>Null: nobody asked, it happens by itself.</summary>
    public static Requestor? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }
}
