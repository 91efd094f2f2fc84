using System.Collections.Immutable;

namespace Berth.Core.Security;

/// <summary>What a trusted certificate is for.</summary>
public enum CertificateType
{
    /// <summary>The whole API.</summary>
    Client,

    /// <summary><c>/1.0/metrics</c> alone.</summary>
    Metrics,
}

/// <summary>A trusted client certificate as it is stored.</summary>
public sealed record CertificateRecord
{
    /// <summary>SHA-256 of the certificate (DER), 64 hex digits in lower case.</summary>
    public required string Fingerprint { get; init; }

    public required string Name { get; init; }

    public CertificateType Type { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Only <see cref="Projects"/> may be seen and changed.</summary>
    public bool Restricted { get; init; }

    public ImmutableArray<string> Projects { get; init; } = [];

    /// <summary>PEM.</summary>
    public required string Certificate { get; init; }
}
