using System.Collections.Immutable;
using Berth.Core.Instances;

namespace Berth.Core.Events;

/// <summary>Something about an instance that its guest is told, and nobody else.</summary>
public abstract record GuestEvent(DateTimeOffset At, InstanceId Instance) : BerthEvent(At, Instance.Project);

/// <summary>A key that the guest may read has changed.</summary>
public sealed record GuestConfigEvent(DateTimeOffset At, InstanceId Instance, string Key, string OldValue, string Value) : GuestEvent(At, Instance);

/// <summary>A device was added, updated or removed.</summary>
/// <param name="Action"><c>added</c>, <c>updated</c> or <c>removed</c>.</param>
public sealed record GuestDeviceEvent(
    DateTimeOffset At, InstanceId Instance, string Name, string Action, ImmutableSortedDictionary<string, string> Config) : GuestEvent(At, Instance);
