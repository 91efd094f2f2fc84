using System.Text.Json;
using System.Text.Json.Serialization;

namespace Berth.Containers.Devices;

/// <summary>An interface of the host that a container has for itself, as it was before.</summary>
/// <param name="Name">On the host.</param>
/// <param name="GuestName">In the container.</param>
/// <param name="Index">Stays with it, wherever it goes.</param>
/// <param name="Kind">As the kernel names it: nothing in a container passes for it that is something else.</param>
/// <param name="Mac">Lower case with colons.</param>
/// <param name="Mtu">Bytes.</param>
/// <param name="WasUp">Whether it was up.</param>
internal sealed record LentLink(string Name, string GuestName, int Index, string Kind, string Mac, int Mtu, bool WasUp)
{
    public static IReadOnlyList<LentLink> Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), LentJson.Default.LentLinkArray) ?? [];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // None, or the write was cut off: then nothing had been lent yet.
            return [];
        }
    }

    /// <summary>Replaces the file as a whole.</summary>
    public static void Write(string path, IReadOnlyList<LentLink> links)
    {
        File.WriteAllText(path + ".new", JsonSerializer.Serialize([.. links], LentJson.Default.LentLinkArray));
        File.Move(path + ".new", path, overwrite: true);
    }
}

[JsonSerializable(typeof(LentLink[]))]
internal sealed partial class LentJson : JsonSerializerContext;
