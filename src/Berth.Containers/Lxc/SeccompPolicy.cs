using System.Text;
using Berth.Core.Instances;

namespace Berth.Containers.Lxc;

/// <summary>A container's seccomp policy, in liblxc's form (lxc.container.conf(5), SECCOMP CONFIGURATION).</summary>
internal static class SeccompPolicy
{
    /// <summary>Refused system calls, as lxc's own default list (common.seccomp): what would load code into the host's kernel or get around mounts.</summary>
    private const string Default =
        """
        reject_force_umount
        [all]
        kexec_load errno 1
        open_by_handle_at errno 1
        init_module errno 1
        finit_module errno 1
        delete_module errno 1

        """;

    public static string Write(IReadOnlyDictionary<string, string> config)
    {
        string Value(string key) => config.GetValueOrDefault(key, "").Trim();
        if (Value("raw.seccomp") is { Length: > 0 } raw)
        {
            return raw + "\n";
        }

        if (Value("security.syscalls.allow") is { Length: > 0 } allowed)
        {
            return $"2\nallowlist\n[all]\n{allowed}\n";
        }

        var policy = new StringBuilder("2\ndenylist\n");
        if (!ConfigCatalogue.IsFalse(Value("security.syscalls.deny_default")))
        {
            policy.Append(Default);
        }

        if (ConfigCatalogue.IsTrue(Value("security.syscalls.deny_compat")))
        {
            // Every 32-bit program begins with one of these: none gets as far as main().
            policy.Append("[x86]\nexecve errno 38\nbrk errno 38\nmmap2 errno 38\nset_thread_area errno 38\n[all]\n");
        }

        if (Value("security.syscalls.deny") is { Length: > 0 } denied)
        {
            policy.Append("[all]\n").Append(denied).Append('\n');
        }

        return policy.ToString();
    }
}
