using Berth.Core.Events;
using Berth.Core.Instances;
using Berth.Core.Projects;
using Berth.Core.State;

namespace Berth.Core.Security;

/// <summary>The certificates whose holders are trusted.</summary>
public sealed class TrustStore(IStateStore store, ProjectService projects, EventHub events)
{
    private const string Host = "";
    private const int LongestName = 255;

    public IReadOnlyList<CertificateRecord> List() => [.. store.List(Documents.Certificates).Select(d => d.Value)];

    /// <summary>By the whole fingerprint.</summary>
    public CertificateRecord? Find(string fingerprint) => store.Find(Documents.Certificates, Host, fingerprint)?.Value;

    /// <summary>The certificate whose fingerprint begins so.</summary>
    /// <exception cref="BerthException">NotFound; BadRequest: it fits several.</exception>
    public CertificateRecord Get(string prefix)
    {
        var fitting = List().Where(c => prefix.Length > 0 && c.Fingerprint.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).ToList();
        return fitting.Count switch
        {
            1 => fitting[0],
            0 => throw BerthException.NotFound($"Certificate not found: \"{(prefix.Length <= 64 ? prefix : prefix[..64] + "…")}\""),
            _ => throw BerthException.BadRequest($"{prefix} fits {fitting.Count} certificates; give more digits"),
        };
    }

    public void Add(CertificateRecord certificate)
    {
        Check(certificate);
        if (Find(certificate.Fingerprint) is not null)
        {
            throw BerthException.Conflict("Certificate already in trust store");
        }

        store.Put(Documents.Certificates, Host, certificate.Fingerprint, certificate, expected: 0);
        Announce("certificate-created", certificate.Fingerprint);
    }

    /// <summary>Changes a certificate; a new certificate of the same holder takes its place.</summary>
    public void Update(string fingerprint, CertificateRecord changed)
    {
        Check(changed);
        if (changed.Fingerprint == fingerprint)
        {
            store.Put(Documents.Certificates, Host, fingerprint, changed);
        }
        else
        {
            store.Rename(Documents.Certificates, Host, fingerprint, changed.Fingerprint, changed);
        }

        Announce("certificate-updated", changed.Fingerprint);
    }

    public void Delete(string fingerprint)
    {
        store.Delete(Documents.Certificates, Host, fingerprint);
        Announce("certificate-deleted", fingerprint);
    }

    /// <summary>Keeps the names of projects right: renamed, or gone (null).</summary>
    public void FollowProject(string name, string? newName)
    {
        foreach (var certificate in List().Where(c => c.Projects.Contains(name)))
        {
            var others = certificate.Projects.Remove(name);
            store.Put(Documents.Certificates, Host, certificate.Fingerprint, certificate with { Projects = newName is null ? others : others.Add(newName) });
        }
    }

    /// <exception cref="BerthException">BadRequest or NotFound: wrong name, or no such project.</exception>
    public void Check(string name, IEnumerable<string> inProjects)
    {
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
        {
            throw BerthException.BadRequest($"Invalid name of a certificate: 1 to {LongestName} characters");
        }

        foreach (var project in inProjects)
        {
            projects.Get(project);
        }
    }

    private void Check(CertificateRecord certificate) => Check(certificate.Name, certificate.Projects);

    private void Announce(string action, string fingerprint) =>
        events.Lifecycle(action, InstanceId.DefaultProject, $"/1.0/certificates/{fingerprint}", fingerprint);
}
