namespace Berth.Linux.Namespaces;

/// <summary>Runs something on a thread of its own that ends with it: whatever namespaces it joined or made go with the thread.</summary>
public static class NamespaceThread
{
    private const int CloneNewNet = 0x40000000;

    /// <summary>Blocks until <paramref name="work"/> is done; it must be synchronous all the way, an await would change threads.</summary>
    public static T Run<T>(Func<T> work)
    {
        T result = default!;
        System.Runtime.ExceptionServices.ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
            Name = "namespace",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <summary>Runs something in the network namespace that a descriptor refers to (/proc/PID/ns/net, a pidfd does not).</summary>
    /// <remarks>A socket opened there stays there and can be used from any thread afterwards.</remarks>
    public static T RunInNetwork<T>(System.Runtime.InteropServices.SafeHandle network, Func<T> work) => Run(() =>
    {
        Interop.Check.Result(Interop.Libc.SetNs(network, CloneNewNet), "setns(CLONE_NEWNET)");
        return work();
    });

    /// <summary>A new network namespace that lives as long as the descriptor (or what is in it) does.</summary>
    public static Microsoft.Win32.SafeHandles.SafeFileHandle CreateNetwork() => Run(() =>
    {
        Interop.Check.Result(Interop.Libc.Unshare(CloneNewNet), "unshare(CLONE_NEWNET)");
        return Fd.Open("/proc/thread-self/ns/net", OpenFlags.ReadOnly);
    });
}
