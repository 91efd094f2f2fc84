namespace Berth.Core.Images;

/// <summary>What a machine starts with beside its root disk, which <see cref="Storage.IStoragePool.CreateMachineDiskAsync"/> makes.</summary>
/// <param name="Kernel">Path of the kernel for direct boot; null for an image that boots by its firmware.</param>
/// <param name="Initrd">Path of the initial ramdisk; null where the kernel needs none, or there is no kernel.</param>
/// <param name="CommandLine">The kernel's command line; empty without a kernel.</param>
/// <param name="VirtualSize">Size of the disk as a machine sees it, bytes.</param>
public sealed record MachineImage(string? Kernel, string? Initrd, string CommandLine, long VirtualSize);
