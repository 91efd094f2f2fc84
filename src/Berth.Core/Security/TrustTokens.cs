using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Berth.Core.Operations;

namespace Berth.Core.Security;

/// <summary>What whoever redeems a token becomes.</summary>
public sealed record TokenRequest(string Name, bool Restricted, ImmutableArray<string> Projects);

/// <summary>
/// Tokens that make their bearer trusted, once. Each is an operation that runs until the token is used, revoked or too old; none
/// outlives the daemon.
/// </summary>
public sealed class TrustTokens(OperationRegistry operations, TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private readonly ConcurrentDictionary<string, (TokenRequest Request, Operation Operation)> _tokens = new(StringComparer.Ordinal);

    /// <param name="fingerprint">Of the server's certificate, so that the client knows whom it talks to.</param>
    /// <param name="addresses">Where the client finds the server.</param>
    /// <param name="expires">Null: never.</param>
    public Operation Issue(TokenRequest request, string fingerprint, ImmutableArray<string> addresses, DateTimeOffset? expires)
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var key = KeyOf(secret);
        var metadata = ImmutableSortedDictionary<string, object>.Empty
            .Add("secret", secret)
            .Add("fingerprint", fingerprint)
            .Add("addresses", addresses)
            .Add("request", ImmutableSortedDictionary<string, object>.Empty
                .Add("name", request.Name)
                .Add("type", "client")
                .Add("restricted", request.Restricted)
                .Add("projects", request.Projects)
                .Add("token", true));
        if (expires is { } at)
        {
            metadata = metadata.Add("expiresAt", at.ToString("O", CultureInfo.InvariantCulture));
        }

        var issued = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var operation = operations.Start(
            new("", "Issuing token") { Class = OperationClass.Token, Metadata = metadata, MayCancel = true },
            async (_, cancel) =>
            {
                await issued.Task;
                try
                {
                    await WaitAsync(expires, cancel);
                }
                finally
                {
                    _tokens.TryRemove(key, out (TokenRequest, Operation) _);
                }
            });
        _tokens[key] = (request, operation);
        issued.SetResult();
        return operation;
    }

    /// <summary>Uses a token up; null when there is none with this secret.</summary>
    public TokenRequest? Redeem(string secret)
    {
        if (!_tokens.TryRemove(KeyOf(secret), out var token))
        {
            return null;
        }

        try
        {
            token.Operation.Cancel();
            return token.Request;
        }
        catch (BerthException)
        {
            // It was revoked or became too old at this very moment.
            return null;
        }
    }

    /// <summary>Looking up a digest tells nothing of how much of a secret was right.</summary>
    private static string KeyOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private async Task WaitAsync(DateTimeOffset? expires, CancellationToken cancel)
    {
        if (expires is not { } at)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancel);
            return;
        }

        while (at - time.GetUtcNow() is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(left > LongestWait ? LongestWait : left, time, cancel);
        }
    }
}
