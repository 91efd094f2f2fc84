using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Cli.Client;
using Berth.Cli.Commands.Config;
using Berth.Cli.Input;
using Berth.Cli.Output;

namespace Berth.Cli.Commands.Storage;

/// <summary><c>berth storage volume</c>.</summary>
internal static class VolumeCommands
{
    private static readonly ListBuilder<StorageVolume> s_list = new(
        "List the volumes of a pool",
        [
            new('c', "CONTENT-TYPE", volume => volume.ContentType),
            new('d', "DESCRIPTION", volume => volume.Description),
            new('e', "PROJECT", volume => volume.Project),
            new('L', "LOCATION", volume => volume.Location),
            new('n', "NAME", volume => volume.Name),
            new('t', "TYPE", volume => volume.Type),
            new('u', "USED BY", volume => volume.UsedBy.Count.ToString(CultureInfo.InvariantCulture)),
        ],
        "tndcu",
        BerthJson.Default.StorageVolumeList)
    {
        Key = volume => volume.Type + "/" + volume.Name,
        Filter = (volume, word) => volume.Name.Contains(word, StringComparison.Ordinal) || word == "type=" + volume.Type,
        Examples = ["berth storage volume list default", "berth storage volume list default type=custom"],
    };

    public static BerthCommand Build() => new BerthCommand("volume", "Manage storage volumes")
    {
        Remarks = "A volume is a custom one unless its type is named, as in container/web1.",
        Examples = ["berth storage volume list default", "berth storage volume create default data size=10GiB"],
    }.With(
        s_list.Build(pool => Paths.Pool(pool) + "/volumes", Completed.Pool()), Show(), Info(), Create(), Edit(), Delete(), Rename(), Set(), Get(), Unset(),
        VolumeMoveCommands.BuildCopy(), VolumeMoveCommands.BuildMove(), VolumeSnapshotCommands.Build(), VolumeTransferCommands.BuildExport(),
        VolumeTransferCommands.BuildImport(), VolumeAttachCommands.BuildAttach(), VolumeAttachCommands.BuildDetach(),
        VolumeAttachCommands.BuildAttachProfile(), VolumeAttachCommands.BuildDetachProfile());

    private static BerthCommand Show()
    {
        var pool = Completed.Pool();
        var name = Volume();
        return new BerthCommand("show", "Show a volume as YAML").With(pool, name).Runs((session, result, cancellation) =>
            Resource.Volume(result.GetValue(pool)!, result.GetValue(name)!).ShowAsync(session, false, cancellation));
    }

    private static BerthCommand Info()
    {
        var pool = Completed.Pool();
        var name = Volume();
        return new BerthCommand("info", "Show what a volume holds") { Examples = ["berth storage volume info default data"] }
            .With(pool, name)
            .Runs(async (session, result, cancellation) =>
            {
                var path = Resource.Volume(result.GetValue(pool)!, result.GetValue(name)!).Path;
                var volume = await session.Client.GetAsync(path, BerthJson.Default.StorageVolume, cancellation);
                var usage = (await session.Client.GetAsync(path + "/state", BerthJson.Default.StorageVolumeState, cancellation)).Usage;
                session.Out.WriteLine($"Name: {volume.Name}");
                session.Out.WriteLine($"Type: {volume.Type}");
                session.Out.WriteLine($"Content type: {volume.ContentType}");
                if (usage is not null)
                {
                    session.Out.WriteLine($"Usage: {Sizes.Bytes((long)usage.Used)}");
                    session.Out.WriteLine($"Total: {(usage.Total > 0 ? Sizes.Bytes(usage.Total) : "no limit")}");
                }

                session.Out.WriteLine($"Created: {Sizes.Time(volume.CreatedAt)}");
                if (volume.UsedBy.Count > 0)
                {
                    session.Out.WriteLine($"Used by: {string.Join(", ", volume.UsedBy)}");
                }
            });
    }

    private static BerthCommand Edit()
    {
        var pool = Completed.Pool();
        var name = Volume();
        return new BerthCommand("edit", "Edit a volume as YAML") { Examples = ["berth storage volume edit default data", "berth storage volume edit default data < file.yaml"] }
            .With(pool, name)
            .Runs((session, result, cancellation) => Resource.Volume(result.GetValue(pool)!, result.GetValue(name)!).EditAsync(session, cancellation));
    }

    private static BerthCommand Rename()
    {
        var pool = Completed.Pool();
        var name = Volume();
        var target = new Argument<string>("new-name") { Description = "The new name" };
        return new BerthCommand("rename", "Rename a volume; the devices that have it follow") { Examples = ["berth storage volume rename default data archive"] }
            .With(pool, name, target)
            .Runs(async (session, result, cancellation) =>
            {
                var body = new JsonObject { ["name"] = result.GetValue(target) };
                var path = Resource.Volume(result.GetValue(pool)!, result.GetValue(name)!).Path;
                await session.WaitAsync(await session.Client.PostAsync(path, body, cancellation), $"Renaming {result.GetValue(name)}", cancellation);
                session.Say($"Storage volume {result.GetValue(name)} renamed to {result.GetValue(target)}");
            });
    }

    private static BerthCommand Unset()
    {
        var pool = Completed.Pool();
        var name = Volume();
        var key = new Argument<string>("key") { Description = "The key" };
        var property = Property();
        return new BerthCommand("unset", "Remove a key of a volume").With(pool, name, key, property).Runs((session, result, cancellation) =>
            Resource.Volume(result.GetValue(pool)!, result.GetValue(name)!).UnsetAsync(session, result.GetValue(key)!, result.GetValue(property), cancellation));
    }

    private static Option<bool> Property() => new("--property", "-p") { Description = "A property such as description, instead of a configuration key" };

    private static BerthCommand Create()
    {
        var pool = Completed.Pool();
        var name = Volume();
        var keys = new Argument<string[]>("key=value") { Description = "Configuration of the volume", Arity = ArgumentArity.ZeroOrMore };
        var type = new Option<string>("--type") { Description = "filesystem or block", DefaultValueFactory = _ => "filesystem" };
        var description = new Option<string?>("--description") { Description = "Description of the volume", HelpName = "text" };
        return new BerthCommand("create", "Create a volume") { Examples = ["berth storage volume create default data size=10GiB"] }
            .With(pool, name, keys, type, description)
            .Runs(async (session, result, cancellation) =>
            {
                var volume = Names.Local(result.GetValue(name)!);
                var body = CreateRequest.Build(volume, result.GetValue(keys)!, result.GetValue(description));
                body["type"] = "custom";
                body["content_type"] = result.GetValue(type);
                var path = Paths.Pool(Names.Local(result.GetValue(pool)!)) + "/volumes/custom";
                await session.WaitAsync(await session.Client.PostAsync(path, body, cancellation), $"Creating {volume}", cancellation);
                session.Say($"Storage volume {volume} created");
            });
    }

    private static BerthCommand Delete()
    {
        var pool = Completed.Pool();
        var name = Volume();
        return new BerthCommand("delete", "Delete a volume") { Alternatives = ["rm"] }.With(pool, name).Runs(async (session, result, cancellation) =>
        {
            var resource = Resource.Volume(result.GetValue(pool)!, result.GetValue(name)!);
            await session.WaitAsync(await session.Client.DeleteAsync(resource.Path, cancellation), $"Deleting {result.GetValue(name)}", cancellation);
            session.Say($"Storage volume {result.GetValue(name)} deleted");
        });
    }

    private static BerthCommand Set()
    {
        var pool = Completed.Pool();
        var name = Volume();
        var keys = new Argument<string[]>("key=value") { Description = "Keys and their values", Arity = ArgumentArity.OneOrMore };
        var property = Property();
        return new BerthCommand("set", "Set keys of a volume").With(pool, name, keys, property).Runs((session, result, cancellation) =>
            Resource.Volume(result.GetValue(pool)!, result.GetValue(name)!).SetAsync(
                session, KeyValues.ParseAssignments(result.GetValue(keys)!, StandardInput.ReadAll), result.GetValue(property), cancellation));
    }

    private static BerthCommand Get()
    {
        var pool = Completed.Pool();
        var name = Volume();
        var key = new Argument<string>("key") { Description = "The key" };
        var property = Property();
        return new BerthCommand("get", "Print the value of a key of a volume").With(pool, name, key, property).Runs(async (session, result, cancellation) =>
            session.Out.WriteLine(await Resource.Volume(result.GetValue(pool)!, result.GetValue(name)!)
                .GetAsync(session, result.GetValue(key)!, result.GetValue(property), false, cancellation)));
    }

    internal static Argument<string> Volume() => new("volume") { Description = "Name of the volume, or type/name" };
}
