using System.Globalization;

namespace Berth.Core.Instances;

/// <summary>
/// Ranges of 65,536 host ids, one per instance, never shared. They begin at 1,879,048,192: above what shadow hands out as
/// subordinate ids (login.defs SUB_UID_MAX), what Incus takes by default, and what systemd reserves for containers
/// (systemd.io/UIDS-GIDS). The default daemon gives from there up; every other one begins at a place of its own in the upper
/// part, so that two daemons on a host do not meet.
/// </summary>
internal sealed class IdRanges
{
    private const uint Size = ContainerRoot.IdCount;
    private const int FirstRange = 28_672;
    private const int DefaultRanges = 45_000;
    private const int LastRange = 65_000;

    private readonly Lock _lock = new();
    private readonly HashSet<uint> _taken = [];
    private readonly int _begin;
    private readonly int _end;
    private int _next;

    public IdRanges(string daemonTag)
    {
        (_begin, _end) = daemonTag.Length == 0
            ? (FirstRange, DefaultRanges)
            : (DefaultRanges + (int)(uint.Parse(daemonTag, NumberStyles.HexNumber, CultureInfo.InvariantCulture) % (LastRange - DefaultRanges)), LastRange);
        _next = _begin;
    }

    public void MarkTaken(uint idBase)
    {
        lock (_lock)
        {
            _taken.Add(idBase);
        }
    }

    /// <exception cref="BerthException">NoSpace: every range is in use.</exception>
    public uint Take()
    {
        lock (_lock)
        {
            for (var tried = 0; tried < _end - _begin; tried++)
            {
                var candidate = (uint)_next * Size;
                _next = _next + 1 == _end ? _begin : _next + 1;
                if (!Overlaps(candidate))
                {
                    _taken.Add(candidate);
                    return candidate;
                }
            }
        }

        throw new BerthException(ErrorKind.NoSpace, $"All {_end - _begin} id ranges are in use; delete instances that are not needed");
    }

    /// <summary>Takes a range that a user asks for.</summary>
    /// <exception cref="BerthException">Conflict: a part of it is another instance's.</exception>
    public uint Take(uint wanted)
    {
        lock (_lock)
        {
            if (Overlaps(wanted))
            {
                throw BerthException.Conflict($"Host ids from {wanted} on are another instance's; choose another security.idmap.base, or unset it");
            }

            _taken.Add(wanted);
            return wanted;
        }
    }

    public void Release(uint idBase)
    {
        lock (_lock)
        {
            _taken.Remove(idBase);
        }
    }

    private bool Overlaps(uint candidate) => _taken.Contains(candidate) || _taken.Any(taken => Math.Abs((long)taken - candidate) < Size);
}
