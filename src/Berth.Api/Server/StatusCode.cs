namespace Berth.Api;

/// <summary>State of an operation or an instance, a number on the wire (rest-api: <c>StatusCode</c>).</summary>
public enum StatusCode
{
    None = 0,
    OperationCreated = 100,
    Started = 101,
    Stopped = 102,
    Running = 103,
    Cancelling = 104,
    Pending = 105,
    Starting = 106,
    Stopping = 107,
    Aborting = 108,
    Freezing = 109,
    Frozen = 110,
    Thawed = 111,
    Error = 112,
    Ready = 113,
    Success = 200,
    Failure = 400,
    Cancelled = 401,
}
