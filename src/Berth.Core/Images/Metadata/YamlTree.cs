using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Berth.Core.Images.Metadata;

/// <summary>
/// One YAML document as strings, lists and maps. Anchors are refused: with them a few lines grow into gigabytes.
/// </summary>
internal static class YamlTree
{
    public const int MaxBytes = 1 << 20;
    private const int MaxDepth = 16;

    /// <returns>A <see cref="string"/>, a <see cref="List{T}"/> or a <see cref="Dictionary{TKey, TValue}"/>; null for an empty document.</returns>
    /// <exception cref="InvalidDataException">Not YAML, or more of it than is accepted.</exception>
    public static object? Parse(string text)
    {
        if (text.Length > MaxBytes)
        {
            throw new InvalidDataException($"it is larger than {MaxBytes} bytes");
        }

        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                return null;
            }

            var root = ReadNode(parser, 0);
            parser.Consume<DocumentEnd>();
            parser.Consume<StreamEnd>();
            return root;
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"it is not valid YAML (line {e.Start.Line}): {e.Message}", e);
        }
    }

    private static object ReadNode(Parser parser, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"it is nested deeper than {MaxDepth} levels");
        }

        if (parser.Accept<NodeEvent>(out var node) && !node.Anchor.IsEmpty || parser.Accept<AnchorAlias>(out _))
        {
            throw new InvalidDataException("it has YAML anchors, which are not accepted");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return scalar.Value;
        }

        return parser.TryConsume<SequenceStart>(out _) ? ReadList(parser, depth) : ReadMap(parser, depth);
    }

    private static List<object> ReadList(Parser parser, int depth)
    {
        var list = new List<object>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            list.Add(ReadNode(parser, depth + 1));
        }

        return list;
    }

    private static Dictionary<string, object> ReadMap(Parser parser, int depth)
    {
        parser.Consume<MappingStart>();
        var map = new Dictionary<string, object>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(parser, depth + 1) as string ?? throw new InvalidDataException("it has a key that is no text");
            if (!map.TryAdd(key, ReadNode(parser, depth + 1)))
            {
                throw new InvalidDataException($"it has the key \"{key}\" twice");
            }
        }

        return map;
    }
}
