using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Core.Operations;
using Berth.Core.Projects;

namespace Berth.Daemon.Endpoints;

/// <summary>
/// Secrets that open one image to somebody who is not trusted: to read it (<c>/secret</c>), or to push it here. Each is an operation of
/// the class token, and is used up by its first use; for the seconds that the ended operation can still be read it goes on being valid.
/// </summary>
internal sealed class ImageTokens(OperationRegistry operations, Core.Events.EventHub events)
{
    private static readonly TimeSpan s_life = TimeSpan.FromHours(24);
    private readonly ConcurrentDictionary<Guid, ImagesPost> _pushes = new();

    /// <summary>Lets somebody read an image.</summary>
    public Core.Operations.Operation Issue(string project, string fingerprint) => Start(project, fingerprint, null);

    /// <summary>Lets somebody push an image that does not exist here yet.</summary>
    public Core.Operations.Operation IssuePush(string project, ImagesPost post) => Start(project, post.Source!.Fingerprint, post);

    /// <summary>Uses a secret up.</summary>
    /// <returns>Whether it opens this image, and for a push what was asked for.</returns>
    public (bool Valid, ImagesPost? Push) Redeem(string project, string fingerprint, string secret)
    {
        if (secret.Length == 0 || fingerprint.Length == 0)
        {
            return (false, null);
        }

        var given = Encoding.UTF8.GetBytes(secret);
        var path = $"/1.0/images/{fingerprint}";
        foreach (var operation in operations.All)
        {
            var view = operation.View;
            if (view.Class == OperationClass.Token
                && view.Project == project
                && view.Resources.TryGetValue("images", out var images) && images.Contains(path)
                && view.Metadata.GetValueOrDefault("secret") is string expected
                && CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(expected)))
            {
                _pushes.TryGetValue(view.Id, out var push);
                if (view.Status == OperationStatus.Running)
                {
                    operation.Cancel();
                }

                return (true, push);
            }
        }

        return (false, null);
    }

    private Core.Operations.Operation Start(string project, string fingerprint, ImagesPost? push)
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var metadata = ImmutableSortedDictionary<string, object>.Empty.Add("secret", secret);
        if (push is not null)
        {
            metadata = metadata
                .Add("aliases", new JsonArray([.. push.Aliases.Select(a => new JsonObject { ["name"] = a.Name, ["description"] = a.Description })]))
                .Add("expires_at", push.ExpiresAt.ToString("O"))
                .Add("properties", push.Properties)
                .Add("public", push.Public);
        }

        var operation = operations.Start(
            new(project, "Image download token")
            {
                Class = OperationClass.Token,
                Resources = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("images", [$"/1.0/images/{fingerprint}"]),
                Metadata = metadata,
                MayCancel = true,
            },
            (_, cancel) => Task.Delay(s_life, cancel));
        if (push is not null)
        {
            _pushes[operation.Id] = push;
            _ = ForgetAsync(operation);
        }

        events.Lifecycle("image-secret-created", project, ApiPath.In(project, $"/1.0/images/{fingerprint}"), fingerprint);
        return operation;
    }

    /// <summary>As long as the operation can be read, its secret is valid.</summary>
    private async Task ForgetAsync(Core.Operations.Operation operation)
    {
        await operation.Completion;
        await Task.Delay(OperationRegistry.Retention);
        _pushes.TryRemove(operation.Id, out _);
    }
}
