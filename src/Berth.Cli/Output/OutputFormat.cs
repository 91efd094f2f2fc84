namespace Berth.Cli.Output;

internal enum OutputKind
{
    Table,
    Compact,
    Csv,
    Json,
    Yaml,
}

/// <summary>How a listing is printed: <c>table</c>, <c>csv,header</c>, <c>compact,noheader</c>, …</summary>
internal readonly record struct OutputFormat(OutputKind Kind, bool Header)
{
    public const string Names = "table, compact, csv, json, yaml";

    public static OutputFormat Parse(string text)
    {
        var parts = text.Split(',', 2);
        var kind = parts[0] switch
        {
            "table" => OutputKind.Table,
            "compact" => OutputKind.Compact,
            "csv" => OutputKind.Csv,
            "json" => OutputKind.Json,
            "yaml" => OutputKind.Yaml,
            _ => throw CliException.Usage($"unknown format \"{parts[0]}\"; there are: {Names}"),
        };
        var header = kind != OutputKind.Csv;
        if (parts.Length == 2)
        {
            header = parts[1] switch
            {
                "header" => true,
                "noheader" => false,
                _ => throw CliException.Usage($"unknown format suffix \"{parts[1]}\"; there are: header, noheader"),
            };
        }

        return new OutputFormat(kind, header);
    }
}
