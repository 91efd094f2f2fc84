using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Storage;

/// <summary><c>berth storage</c>.</summary>
internal static class StorageCommand
{
    private static readonly ListBuilder<StoragePool> s_list = new(
        "List storage pools",
        [
            new('n', "NAME", pool => pool.Name),
            new('D', "DRIVER", pool => pool.Driver),
            new('d', "DESCRIPTION", pool => pool.Description),
            new('S', "SOURCE", pool => pool.Config.GetValueOrDefault("source", "")),
            new('u', "USED BY", pool => pool.UsedBy.Count.ToString(CultureInfo.InvariantCulture)),
            new('s', "STATE", pool => pool.Status.ToUpperInvariant()),
        ],
        "nDdus",
        BerthJson.Default.StoragePoolList)
    {
        Key = pool => pool.Name,
        Examples = ["berth storage list"],
    };

    public static Command Build()
    {
        var common = new ResourceCommands("storage", "storage pool", Resource.Pool, Completed.Pool);
        return new BerthCommand("storage", "Manage storage pools and volumes")
        {
            Examples = ["berth storage list", "berth storage create fast btrfs size=20GiB", "berth storage info default"],
        }.With(
            s_list.Build(_ => Paths.Pools), Show(), Info(), Create(), common.Edit(), common.Get(), common.Set(), common.Unset(), common.Delete(),
            VolumeCommands.Build(), NotHere.Command("bucket", "storage buckets", "keep objects in an instance or a volume"));
    }

    private static BerthCommand Show()
    {
        var pool = Completed.Pool();
        var resources = new Option<bool>("--resources") { Description = "Show the space instead" };
        return new BerthCommand("show", "Show a storage pool as YAML") { Examples = ["berth storage show default"] }
            .With(pool, resources)
            .Runs(async (session, result, cancellation) =>
            {
                var path = Paths.Pool(Names.Local(result.GetValue(pool)!)) + (result.GetValue(resources) ? "/resources" : "");
                YamlWriter.Write(session.Out, (await session.Client.GetAsync(path, cancellation)).AsObject());
            });
    }

    private static BerthCommand Info()
    {
        var pool = Completed.Pool();
        var bytes = new Option<bool>("--bytes") { Description = "Space in bytes" };
        return new BerthCommand("info", "Show the space of a storage pool and what uses it") { Examples = ["berth storage info default"] }
            .With(pool, bytes)
            .Runs(async (session, result, cancellation) =>
            {
                var path = Paths.Pool(Names.Local(result.GetValue(pool)!));
                var info = await session.Client.GetAsync(path, BerthJson.Default.StoragePool, cancellation);
                var space = (await session.Client.GetAsync(path + "/resources", BerthJson.Default.ResourcesStoragePool, cancellation)).Space
                    ?? new ResourcesStoragePoolSpace();
                Func<ulong, string> size = result.GetValue(bytes)
                    ? value => value.ToString(CultureInfo.InvariantCulture)
                    : value => Sizes.Bytes((long)value);
                YamlWriter.Write(session.Out, new JsonObject
                {
                    ["info"] = new JsonObject
                    {
                        ["description"] = info.Description,
                        ["driver"] = info.Driver,
                        ["name"] = info.Name,
                        ["space used"] = size(space.Used),
                        ["total space"] = size(space.Total),
                    },
                    ["used by"] = UsedBy(info.UsedBy),
                });
            });
    }

    private static BerthCommand Create()
    {
        var name = new Argument<string>("pool") { Description = "Name of the new pool" };
        var driver = new Argument<string>("driver") { Description = "dir, btrfs, …" };
        var keys = new Argument<string[]>("key=value") { Description = "Configuration of the pool", Arity = ArgumentArity.ZeroOrMore };
        var description = new Option<string?>("--description") { Description = "Description of the pool", HelpName = "text" };
        return new BerthCommand("create", "Create a storage pool")
        {
            Examples = ["berth storage create fast btrfs size=20GiB", "berth storage create big dir source=/data/berth"],
        }.With(name, driver, keys, description).Runs(async (session, result, cancellation) =>
        {
            var pool = Names.Local(result.GetValue(name)!);
            var body = CreateRequest.Build(pool, result.GetValue(keys)!, result.GetValue(description));
            body["driver"] = result.GetValue(driver);
            await session.WaitAsync(await session.Client.PostAsync(Paths.Pools, body, cancellation), $"Creating {pool}", cancellation);
            session.Say($"Storage pool {pool} created");
        });
    }

    /// <summary>Names by kind: <c>/1.0/instances/web1</c> is web1 under instances.</summary>
    private static JsonObject UsedBy(IReadOnlyList<string> paths)
    {
        var kinds = new JsonObject();
        foreach (var group in paths.GroupBy(path => path.Split('/')[2]).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            kinds[group.Key] = new JsonArray([.. group.Select(path => JsonValue.Create(Names.OfPath(path))).OrderBy(value => value.GetValue<string>(), StringComparer.Ordinal)]);
        }

        return kinds;
    }
}
