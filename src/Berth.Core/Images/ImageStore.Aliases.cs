namespace Berth.Core.Images;

public sealed partial class ImageStore
{
    private const int MaxAliasLength = 255;

    /// <summary>All aliases of a project, or of every project, by name.</summary>
    public IReadOnlyList<(string Project, ImageAliasRecord Alias)> ListAliases(string? project = null) =>
        [.. state.List(ImageDocuments.Alias, project).Select(document => (document.Project, document.Value))];

    /// <summary>The aliases of one image.</summary>
    public IReadOnlyList<ImageAliasRecord> AliasesOf(string project, string fingerprint) =>
        [.. state.List(ImageDocuments.Alias, project).Select(document => document.Value).Where(alias => alias.Target == fingerprint)];

    public ImageAliasRecord? FindAlias(string project, string name) =>
        name.Length == 0 ? null : state.Find(ImageDocuments.Alias, project, name)?.Value;

    /// <exception cref="BerthException">NotFound.</exception>
    public ImageAliasRecord GetAlias(string project, string name) =>
        FindAlias(project, name) ?? throw BerthException.NotFound($"no such image alias {name}{Suggest(project, name)}");

    /// <summary>Names an image.</summary>
    /// <exception cref="BerthException">Conflict when the name is taken; NotFound when the image is not there.</exception>
    public ImageAliasRecord CreateAlias(string project, string name, string target, string description = "")
    {
        CheckAliasName(name);
        lock (_changes)
        {
            var image = Get(project, target);
            if (FindAlias(project, name) is { } taken)
            {
                throw BerthException.Conflict($"image alias {name} exists already and names {taken.Target[..12]}");
            }

            var alias = new ImageAliasRecord { Name = name, Description = description, Target = image.Fingerprint, Type = image.Type };
            state.Put(ImageDocuments.Alias, project, name, alias, expected: 0);
            return alias;
        }
    }

    /// <summary>Lets an alias name an image, whatever it named before; makes it where it is not there.</summary>
    public ImageAliasRecord PointAlias(string project, string name, string target)
    {
        lock (_changes)
        {
            return FindAlias(project, name) is { } alias
                ? UpdateAlias(project, name, target, alias.Description)
                : CreateAlias(project, name, target);
        }
    }

    /// <summary>Changes what an alias names and says; null leaves it as it is.</summary>
    public ImageAliasRecord UpdateAlias(string project, string name, string? target, string? description)
    {
        lock (_changes)
        {
            var alias = GetAlias(project, name);
            var image = Get(project, target ?? alias.Target);
            alias = alias with { Target = image.Fingerprint, Type = image.Type, Description = description ?? alias.Description };
            state.Put(ImageDocuments.Alias, project, name, alias);
            return alias;
        }
    }

    /// <exception cref="BerthException">NotFound; Conflict when the new name is taken.</exception>
    public ImageAliasRecord RenameAlias(string project, string name, string newName)
    {
        CheckAliasName(newName);
        lock (_changes)
        {
            var alias = GetAlias(project, name) with { Name = newName };
            if (FindAlias(project, newName) is not null)
            {
                throw BerthException.Conflict($"image alias {newName} exists already");
            }

            state.Rename(ImageDocuments.Alias, project, name, newName, alias);
            return alias;
        }
    }

    /// <exception cref="BerthException">NotFound.</exception>
    public void DeleteAlias(string project, string name)
    {
        lock (_changes)
        {
            GetAlias(project, name);
            state.Delete(ImageDocuments.Alias, project, name);
        }
    }

    private static void CheckAliasName(string name)
    {
        if (name.Length is 0 or > MaxAliasLength || name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) || name[0] is '-' or '/')
        {
            throw BerthException.BadRequest(
                $"\"{name}\" cannot be an image alias: 1 to {MaxAliasLength} characters without spaces, not starting with - or /");
        }
    }

    /// <summary>What a stranger is told of an image that is not public: nothing that is there.</summary>
    public static BerthException Missing(string name) => BerthException.NotFound($"no such image {name}");

    private BerthException Missing(string project, string name) =>
        BerthException.NotFound($"no such image {name}{Suggest(project, name)}");

    /// <summary>The names that come closest, or all when there are few: a person mistyped, or does not know what is there.</summary>
    private string Suggest(string project, string name)
    {
        var names = state.List(ImageDocuments.Alias, project).Select(document => document.Name)
            .Concat(state.List(ImageDocuments.Image, project).Where(image => AliasesOf(project, image.Name).Count == 0).Select(image => image.Value.ShortFingerprint))
            .ToList();
        return names.Count == 0
            ? "; there are no images yet: build one with \"berth image build debian/12\" or import one with \"berth image import\""
            : $"; available: {string.Join(", ", Suggestions.Closest(name, names, 8))}";
    }
}
