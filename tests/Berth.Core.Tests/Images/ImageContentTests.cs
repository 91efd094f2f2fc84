using Berth.Core.Images;

namespace Berth.Core.Tests.Images;

public sealed class ImageContentTests : IDisposable
{
    private readonly TestHost _host = new();
    private readonly FakePool _pool;
    private readonly ImageContent _content;

    public ImageContentTests()
    {
        _pool = new FakePool(_host.Directory_("pool"));
        _content = new ImageContent(_host.Store);
    }

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Tree_is_unpacked_once()
    {
        var image = await _host.ImportAsync(ImportTests.Unified("welcome"));
        await _content.EnsureTreeAsync(_pool, image.Fingerprint, TestHost.Cancel);
        await _content.EnsureTreeAsync(_pool, image.Fingerprint, TestHost.Cancel);
        Assert.Equal(1, _pool.Fills);
        Assert.Equal("welcome", await File.ReadAllTextAsync(Path.Combine(_pool.ImageTree(image.Fingerprint), "etc/motd"), TestHost.Cancel));
        Assert.Equal(["etc"], Directory.EnumerateFileSystemEntries(_pool.ImageTree(image.Fingerprint)).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Squashfs_keeps_owners_modes_and_capabilities_and_loses_what_is_the_hosts()
    {
        await _host.ShellAsync("""
            mkdir -p t/bin t/dev t/etc; echo x > t/bin/ping; echo s > t/bin/su; chmod 4755 t/bin/su; chown 7:8 t/etc; mknod t/dev/null c 1 3
            python3 - <<'P'
            import os
            os.setxattr("t/bin/ping", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
            os.setxattr("t/etc", "trusted.overlay.redirect", b"/bin")
            P
            mksquashfs t t.sq -noappend -quiet -no-progress >/dev/null
            """);
        var image = await _host.ImportAsync(TestHost.Metadata(), await File.ReadAllBytesAsync(Path.Combine(_host.Root, "t.sq"), TestHost.Cancel));
        await _content.EnsureTreeAsync(_pool, image.Fingerprint, TestHost.Cancel);
        var listing = await _host.ShellAsync("""
            cd "$1"; find . -printf '%P %y %m %U:%G\n' | sort
            python3 -c 'import os; print(os.listxattr("bin/ping"), os.listxattr("etc"))'
            """, _pool.ImageTree(image.Fingerprint));
        Assert.Contains("bin/su f 4755 0:0", listing, StringComparison.Ordinal);
        Assert.Contains("etc d 755 7:8", listing, StringComparison.Ordinal);
        Assert.Contains("['security.capability'] []", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("null", listing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_files_are_not_unpacked()
    {
        var image = await _host.ImportAsync(ImportTests.Unified());
        await File.AppendAllTextAsync(_host.Store.FilePath(image.Fingerprint, "rootfs"), "x", TestHost.Cancel);
        var error = await Assert.ThrowsAsync<BerthException>(() => _content.EnsureTreeAsync(_pool, image.Fingerprint, TestHost.Cancel));
        Assert.Contains("changed since the import", error.Message, StringComparison.Ordinal);
        Assert.False(_pool.HasImageTree(image.Fingerprint));
    }

    [Fact]
    public async Task Tree_without_kernel_starts_no_machine_and_says_why()
    {
        var image = await _host.ImportAsync(ImportTests.Unified());
        var error = await Assert.ThrowsAsync<BerthException>(() => _content.EnsureDiskAsync(_pool, image.Fingerprint, TestHost.Cancel));
        Assert.Contains("it has no kernel", error.Message, StringComparison.Ordinal);
        Assert.False(_pool.HasImageDisk(image.Fingerprint));
    }

    [Fact]
    public async Task Machine_gets_the_newest_kernel_with_its_initrd_and_a_small_file()
    {
        var image = await _host.ImportAsync(new TarBuilder()
            .File("boot/vmlinuz-6.9.0", "old").File("boot/vmlinuz-6.10.0", "new").File("boot/initrd.img-6.10.0", "ramdisk")
            .File("boot/vmlinuz-0-rescue-x", "rescue").Link("boot/vmlinuz-7", "/etc/passwd").File("etc/motd", "hello").Build());
        var made = await _content.EnsureDiskAsync(_pool, image.Fingerprint, TestHost.Cancel);
        Assert.Equal("new", await File.ReadAllTextAsync(made.Kernel!, TestHost.Cancel));
        Assert.Equal("ramdisk", await File.ReadAllTextAsync(made.Initrd!, TestHost.Cancel));
        Assert.Equal(10L << 30, made.VirtualSize);
        Assert.StartsWith("root=UUID=", made.CommandLine, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(_pool.Disk(image.Fingerprint)).Length, 1 << 20, 64 << 20);
        var check = await _host.ShellAsync("""
            qemu-img convert -O raw "$1" back.raw; e2fsck -fn back.raw 2>&1; blkid -o value -s UUID back.raw; debugfs -R 'cat /etc/motd' back.raw 2>/dev/null
            """, _pool.Disk(image.Fingerprint));
        Assert.EndsWith("hello", check, StringComparison.Ordinal);
        Assert.Contains(made.CommandLine.Split(' ')[0]["root=UUID=".Length..], check, StringComparison.Ordinal);
        Assert.Equal(made, await new ImageContent(_host.Store).EnsureDiskAsync(_pool, image.Fingerprint, TestHost.Cancel));
        Assert.Equal(2, _pool.Fills);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    [InlineData("unified")]
    public async Task Disk_images_are_written_anew_and_boot_by_firmware(string kind)
    {
        await _host.ShellAsync("truncate -s 8M d.raw; mke2fs -q -F d.raw; qemu-img convert -c -O qcow2 d.raw d.qcow2");
        var bytes = await File.ReadAllBytesAsync(Path.Combine(_host.Root, kind == "raw" ? "d.raw" : "d.qcow2"), TestHost.Cancel);
        var image = kind == "unified"
            ? await _host.ImportAsync(new TarBuilder().File("metadata.yaml", "architecture: x86_64").Entry('0', "rootfs.img", bytes).Build())
            : await _host.ImportAsync(bytes);
        var made = await _content.EnsureDiskAsync(_pool, image.Fingerprint, TestHost.Cancel);
        Assert.Equal((null, null, "", 8L << 20), (made.Kernel, made.Initrd, made.CommandLine, made.VirtualSize));
        Assert.Contains("Images are identical", await _host.ShellAsync("qemu-img compare -f raw -F qcow2 d.raw \"$1\"", _pool.Disk(image.Fingerprint)), StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<BerthException>(() => _content.EnsureTreeAsync(_pool, image.Fingerprint, TestHost.Cancel));
        Assert.Contains("--vm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_image_that_the_pool_has_still_works()
    {
        var image = await _host.ImportAsync(ImportTests.Unified());
        await _content.EnsureTreeAsync(_pool, image.Fingerprint, TestHost.Cancel);
        _host.Store.Delete("default", image.Fingerprint);
        await _content.EnsureTreeAsync(_pool, image.Fingerprint, TestHost.Cancel);
    }
}
