using Microsoft.Win32.SafeHandles;

namespace Berth.Core.Instances;

/// <summary>The namespaces of a container that runs; each call gives those of its present init.</summary>
public interface IInstanceNamespaces
{
    /// <summary>First host id of its range.</summary>
    uint IdBase { get; }

    /// <summary>Its network, for setns(2).</summary>
    /// <exception cref="BerthException">Conflict: it does not run any more.</exception>
    SafeFileHandle OpenNetwork();

    /// <summary>Its root directory (O_PATH).</summary>
    /// <exception cref="BerthException">Conflict: it does not run any more, or is rebooting and has none yet.</exception>
    SafeFileHandle OpenRoot();
}
