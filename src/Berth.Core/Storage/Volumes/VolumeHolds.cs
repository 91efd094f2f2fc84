namespace Berth.Core.Storage.Volumes;

/// <summary>One change at a time for each volume; changes of others go on.</summary>
internal sealed class VolumeHolds
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(string, string, string), Gate> _gates = [];

    /// <exception cref="BerthException">Conflict: another change takes its time.</exception>
    public async Task<IDisposable> TakeAsync(string project, string pool, string name, CancellationToken cancel)
    {
        var key = (project, pool, name);
        Gate gate;
        lock (_gates)
        {
            gate = _gates.TryGetValue(key, out var there) ? there : _gates[key] = new();
            gate.Users++;
        }

        try
        {
            if (await gate.Semaphore.WaitAsync(Patience, cancel))
            {
                return new Hold(this, key, gate);
            }
        }
        catch
        {
            Leave(key, gate);
            throw;
        }

        Leave(key, gate);
        throw BerthException.Conflict($"The volume \"{name}\" is busy with another change; try again when that is done");
    }

    private void Leave((string, string, string) key, Gate gate)
    {
        lock (_gates)
        {
            if (--gate.Users == 0)
            {
                _gates.Remove(key);
            }
        }
    }

    private sealed class Gate
    {
        public SemaphoreSlim Semaphore { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Hold(VolumeHolds owner, (string, string, string) key, Gate gate) : IDisposable
    {
        public void Dispose()
        {
            gate.Semaphore.Release();
            owner.Leave(key, gate);
        }
    }
}
