using System.Runtime.InteropServices;
using Berth.Core;

namespace Berth.Machines.Process;

/// <summary>Finds QEMU where distributions put it.</summary>
internal static class QemuBinary
{
    public static string Find()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw BerthException.Unsupported($"Machines run on x86_64 hosts; this one is {RuntimeInformation.ProcessArchitecture}.");
        }
        string[] known = ["/usr/bin/qemu-system-x86_64", "/usr/local/bin/qemu-system-x86_64", "/usr/libexec/qemu-kvm"];
        return known.FirstOrDefault(File.Exists)
            ?? throw BerthException.Unsupported("QEMU is not installed: install the package qemu-system-x86.");
    }
}
