using System.Text.Json.Serialization;

namespace Berth.Guest.Messages;

/// <summary>JSON of every control body.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(Welcome))]
[JsonSerializable(typeof(GuestRequest))]
[JsonSerializable(typeof(GuestControl))]
[JsonSerializable(typeof(GuestResult))]
[JsonSerializable(typeof(GuestFile))]
[JsonSerializable(typeof(GuestFile[]))]
[JsonSerializable(typeof(GuestState))]
public sealed partial class GuestJson : JsonSerializerContext;
