namespace Berth.Api;

/// <summary>The words that go with a <see cref="StatusCode"/>, and what they say about being over.</summary>
public static class StatusCodes
{
    /// <summary>The text sent as <c>status</c> beside the number.</summary>
    public static string Text(this StatusCode code) => code switch
    {
        StatusCode.None => "",
        StatusCode.OperationCreated => "Operation created",
        _ => code.ToString(),
    };

    /// <summary>An operation with this code goes on no more.</summary>
    public static bool IsFinal(this StatusCode code) => code >= StatusCode.Success;
}
