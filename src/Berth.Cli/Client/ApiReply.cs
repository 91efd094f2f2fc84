using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Berth.Api;

namespace Berth.Cli.Client;

/// <summary>An answer that is not an error.</summary>
/// <param name="Metadata">The answer itself; of a background operation, the operation.</param>
/// <param name="OperationPath">Path of the operation, empty when the answer is complete.</param>
/// <param name="ETag">To send back as If-Match.</param>
internal sealed record ApiReply(JsonElement Metadata, string OperationPath, string ETag)
{
    public T As<T>(JsonTypeInfo<T> type) =>
        Metadata.Deserialize(type) ?? throw new CliException("the server sent an empty answer where it must not");

    public JsonObject AsObject() =>
        Metadata.ValueKind == JsonValueKind.Object
            ? JsonObject.Create(Metadata)!
            : throw new CliException("the server sent something else than an object");

    public Operation AsOperation() => As(BerthJson.Default.Operation);
}
