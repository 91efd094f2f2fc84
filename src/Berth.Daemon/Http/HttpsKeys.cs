using Berth.Core.Resources;
using Berth.Core.Server;

namespace Berth.Daemon.Http;

/// <summary>The server keys of the API over the network.</summary>
internal static class HttpsKeys
{
    public const string Address = "core.https_address";
    public const string TokenExpiry = "core.remote_token_expiry";

    public static void Register(ServerConfig config, HttpsServer server)
    {
        config.Register(new(Address, "Address on which the API is served over HTTPS; the default port is 8443")
        {
            Check = HttpsAddress.Check,
            Changed = (_, address, cancel) => server.ListenAsync(address, cancel),
        });
        config.Register(new(TokenExpiry, "Time after which a trust token that nobody used is void, for example 1d or 12H")
        {
            Check = value => ExpirySpan.TryParse(value) is null ? ExpirySpan.Form : null,
        });
    }
}
