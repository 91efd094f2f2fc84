using Berth.Core.Events;
using Berth.Core.Profiles;

namespace Berth.Core.Instances;

/// <summary>Tells a guest what has changed of what it may read.</summary>
public static class GuestNews
{
    /// <summary>Keys that the guest API shows.</summary>
    public static bool IsVisible(string key) =>
        key.StartsWith("user.", StringComparison.Ordinal) || key.StartsWith("cloud-init.", StringComparison.Ordinal);

    internal static void Send(EventHub events, DateTimeOffset now, InstanceId instance, ExpandedConfig before, ExpandedConfig after)
    {
        if (events.IsIdle)
        {
            return;
        }

        foreach (var key in before.Config.Keys.Union(after.Config.Keys).Where(IsVisible))
        {
            var (old, value) = (before.Config.GetValueOrDefault(key, ""), after.Config.GetValueOrDefault(key, ""));
            if (old != value)
            {
                events.Send(new GuestConfigEvent(now, instance, key, old, value));
            }
        }

        foreach (var name in before.Devices.Keys.Union(after.Devices.Keys))
        {
            var (old, device) = (before.Devices.GetValueOrDefault(name), after.Devices.GetValueOrDefault(name));
            var action = (old, device) switch
            {
                (null, not null) => "added",
                (not null, null) => "removed",
                _ when !old!.SequenceEqual(device!) => "updated",
                _ => null,
            };
            if (action is not null)
            {
                events.Send(new GuestDeviceEvent(now, instance, name, action, device ?? old!));
            }
        }
    }
}
