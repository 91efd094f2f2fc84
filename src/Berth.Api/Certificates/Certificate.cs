using System.Text.Json.Serialization;

namespace Berth.Api;

/// <summary>A trusted client certificate.</summary>
public sealed record Certificate
{
    [JsonPropertyName("certificate")]
    public string CertificateValue { get; init => field = value ?? ""; } = "";

    public string Description { get; init => field = value ?? ""; } = "";

    public string Fingerprint { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Projects { get; init => field = value ?? []; } = [];

    public bool Restricted { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>What may be changed of a certificate.</summary>
public sealed record CertificatePut
{
    public string Certificate { get; init => field = value ?? ""; } = "";

    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Projects { get; init => field = value ?? []; } = [];

    public bool Restricted { get; init; }

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>A certificate to trust, or a token to ask for.</summary>
public sealed record CertificatesPost
{
    public string Certificate { get; init => field = value ?? ""; } = "";

    public string Description { get; init => field = value ?? ""; } = "";

    public string Name { get; init => field = value ?? ""; } = "";

    public IReadOnlyList<string> Projects { get; init => field = value ?? []; } = [];

    public bool Restricted { get; init; }

    public bool Token { get; init; }

    public string TrustToken { get; init => field = value ?? ""; } = "";

    public string Type { get; init => field = value ?? ""; } = "";
}

/// <summary>A token that a client joins with.</summary>
public sealed record CertificateAddToken
{
    public IReadOnlyList<string> Addresses { get; init => field = value ?? []; } = [];

    public string ClientName { get; init => field = value ?? ""; } = "";

    public DateTimeOffset ExpiresAt { get; init; }

    public string Fingerprint { get; init => field = value ?? ""; } = "";

    public string Secret { get; init => field = value ?? ""; } = "";
}
