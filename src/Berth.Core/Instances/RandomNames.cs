using System.Security.Cryptography;

namespace Berth.Core.Instances;

/// <summary>Names for instances that were given none: two words that read well in a table.</summary>
internal static class RandomNames
{
    private static readonly string[] Adjectives =
        ["able", "brave", "bright", "brisk", "calm", "clear", "crisp", "deft", "eager", "fair", "fleet", "fond", "glad", "grand", "keen", "kind", "lively", "loyal", "merry", "mild", "neat", "noble", "prime", "proud", "quick", "quiet", "ready", "sharp", "smart", "snug", "solid", "sound", "stout", "sunny", "swift", "tidy", "true", "warm", "wise", "witty"];

    private static readonly string[] Nouns =
        ["albatross", "anchor", "barge", "beacon", "bosun", "brig", "buoy", "clipper", "cod", "cormorant", "crane", "cutter", "dinghy", "dolphin", "ferry", "galley", "gull", "harbour", "heron", "keel", "ketch", "lugger", "mast", "osprey", "otter", "pelican", "pilot", "plover", "quay", "rudder", "sail", "schooner", "seal", "skiff", "sloop", "tern", "tide", "trawler", "tug", "yawl"];

    public static string Next() =>
        $"{Adjectives[RandomNumberGenerator.GetInt32(Adjectives.Length)]}-{Nouns[RandomNumberGenerator.GetInt32(Nouns.Length)]}";
}
