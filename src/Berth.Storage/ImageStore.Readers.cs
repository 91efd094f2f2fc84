using Berth.Core;
using Berth.Core.Instances;

namespace Berth.Storage;

/// <summary>Which volumes read which image.</summary>
internal sealed partial class ImageStore
{
    /// <summary>Registers a volume that is about to be made as a reader, so that the image cannot go meanwhile.</summary>
    /// <exception cref="BerthException">NotFound: the pool does not have <paramref name="what"/> of the image.</exception>
    public void AddReader(string volume, InstanceKind kind, string fingerprint, Func<string, bool> has, string what)
    {
        lock (_lock)
        {
            if (!has(fingerprint))
            {
                throw BerthException.NotFound($"The {what} of image {fingerprint[..12]} is not in this storage pool: import it first");
            }

            _readers[(volume, kind)] = fingerprint;
        }
    }

    /// <summary>As <see cref="AddReader"/>, for a copy of a volume: its image may be one that is removed already.</summary>
    public void CopyReader(string volume, string newName, InstanceKind kind)
    {
        lock (_lock)
        {
            if (_readers.TryGetValue((volume, kind), out var fingerprint))
            {
                _readers[(newName, kind)] = fingerprint;
            }
        }
    }

    public void RenameReader(string volume, string newName, InstanceKind kind)
    {
        lock (_lock)
        {
            if (_readers.Remove((volume, kind), out var fingerprint))
            {
                _readers[(newName, kind)] = fingerprint;
            }
        }
    }

    /// <summary>Two volumes have changed places.</summary>
    public void ExchangeReaders(string volume, string other, InstanceKind kind)
    {
        lock (_lock)
        {
            var had = _readers.Remove((volume, kind), out var first);
            if (_readers.Remove((other, kind), out var second))
            {
                _readers[(volume, kind)] = second;
            }

            if (had)
            {
                _readers[(other, kind)] = first!;
            }
        }
    }

    /// <summary>The volume is gone; so is its image, if that was only kept for it.</summary>
    public void RemoveReader(string volume, InstanceKind kind)
    {
        lock (_lock)
        {
            if (_readers.Remove((volume, kind), out var fingerprint))
            {
                DropIfUnused(fingerprint);
            }
        }
    }

    /// <summary>The image that a volume reads; null for none.</summary>
    public string? ImageOf(string volume, InstanceKind kind)
    {
        lock (_lock)
        {
            return _readers.GetValueOrDefault((volume, kind));
        }
    }

    /// <summary>The volume is made: a root that has all of its own stops being a reader.</summary>
    public void Made(string volume, InstanceKind kind)
    {
        if (!Reads(kind))
        {
            RemoveReader(volume, kind);
        }
    }

    private void DropIfUnused(string fingerprint)
    {
        if (IsRemoved(fingerprint) && IsUnused(fingerprint))
        {
            _trash.Take(_layout.Image(fingerprint));
        }
    }

    private bool IsUnused(string fingerprint) =>
        !_readers.ContainsValue(fingerprint) && !Directory.EnumerateDirectories(_layout.Image(fingerprint)).Any(PoolLayout.IsStaging);

    private void Remember(string volume, InstanceKind kind, string directory)
    {
        if (Reads(kind) && new FileInfo(Path.Combine(directory, PoolLayout.ImageLink)).LinkTarget is { } target)
        {
            _readers[(volume, kind)] = Path.GetFileName(target);
        }
    }

    private bool Reads(InstanceKind kind) => kind == InstanceKind.Machine || _roots.ReadsImage;
}
