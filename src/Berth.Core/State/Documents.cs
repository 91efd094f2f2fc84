using System.Text.Json.Serialization;
using Berth.Core.Instances;
using Berth.Core.Profiles;
using Berth.Core.Projects;
using Berth.Core.Security;
using Berth.Core.Storage;
using Berth.Core.Warnings;

namespace Berth.Core.State;

/// <summary>The kinds of documents that Core keeps (images and networks have theirs beside their services).</summary>
public static class Documents
{
    public static readonly DocumentKind<InstanceRecord> Instances = new("instance", CoreJson.Default.InstanceRecord);

    public static readonly DocumentKind<ProfileRecord> Profiles = new("profile", CoreJson.Default.ProfileRecord);

    public static readonly DocumentKind<PoolRecord> Pools = new("storage pool", CoreJson.Default.PoolRecord);

    public static readonly DocumentKind<WarningRecord> Warnings = new("warning", CoreJson.Default.WarningRecord);

    public static readonly DocumentKind<ProjectRecord> Projects = new("project", CoreJson.Default.ProjectRecord);

    public static readonly DocumentKind<CertificateRecord> Certificates = new("certificate", CoreJson.Default.CertificateRecord);

    public static readonly DocumentKind<HostRecord> Host = new("host", CoreJson.Default.HostRecord);
}

/// <summary>What the daemon remembers of its host.</summary>
/// <param name="BootId">The kernel's boot id when the daemon last ran: another one means that the host was booted.</param>
/// <param name="Config">Server configuration (<c>user.*</c>, …).</param>
public sealed record HostRecord(string BootId, Dictionary<string, string> Config);

[JsonSerializable(typeof(InstanceRecord))]
[JsonSerializable(typeof(ProfileRecord))]
[JsonSerializable(typeof(PoolRecord))]
[JsonSerializable(typeof(WarningRecord))]
[JsonSerializable(typeof(ProjectRecord))]
[JsonSerializable(typeof(CertificateRecord))]
[JsonSerializable(typeof(HostRecord))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
internal sealed partial class CoreJson : JsonSerializerContext;
