using System.Collections.Immutable;
using Berth.Core.Events;
using Berth.Core.Images;
using Berth.Core.Projects;

namespace Berth.Daemon.Endpoints;

/// <summary>Lifecycle events of images that more than one place sends.</summary>
internal static class ImageEvents
{
    public static void Created(EventHub events, string project, ImageRecord image) =>
        events.Lifecycle("image-created", project, ApiPath.In(project, $"/1.0/images/{image.Fingerprint}"), image.Fingerprint, Context("type", image.Type));

    public static void AliasCreated(EventHub events, string project, string name, string target) =>
        events.Lifecycle("image-alias-created", project, ApiPath.In(project, $"/1.0/images/aliases/{Uri.EscapeDataString(name)}"), name, Context("target", target));

    public static ImmutableSortedDictionary<string, string> Context(string key, string value) =>
        ImmutableSortedDictionary<string, string>.Empty.Add(key, value);
}
