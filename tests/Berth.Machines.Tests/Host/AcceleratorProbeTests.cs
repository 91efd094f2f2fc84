using Berth.Core;
using Berth.Machines.Acceleration;

namespace Berth.Machines.Tests.Host;

public sealed class AcceleratorProbeTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("berth-accel-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("flags\t\t: fpu svm sse", "660", true)]
    [InlineData("flags\t\t: fpu vmx sse", "666", true)]
    [InlineData("flags\t\t: fpu sse svm_lock", "660", false)]
    [InlineData("flags\t\t: fpu svm", "600", false)]
    public void KVM_needs_the_device_the_flag_and_a_way_in(string cpuinfo, string mode, bool kvm)
    {
        var chosen = AcceleratorProbe.Choose(null, Write("kvm", "", mode), Write("cpuinfo", "processor: 0\n" + cpuinfo + "\n", "644"));
        Assert.Equal(kvm, chosen.Kvm);
        Assert.NotEmpty(chosen.Reason);
    }

    [Fact]
    public void Without_the_device_it_is_TCG() =>
        Assert.False(AcceleratorProbe.Choose("auto", Path.Combine(_directory.FullName, "none"), Write("cpuinfo", "flags : svm\n", "644")).Kvm);

    [Fact]
    public void The_key_overrides_and_nonsense_is_refused()
    {
        Assert.True(AcceleratorProbe.Choose("kvm", "/none", "/none").Kvm);
        Assert.False(AcceleratorProbe.Choose("tcg", "/none", "/none").Kvm);
        Assert.Equal(ErrorKind.BadRequest, Assert.Throws<BerthException>(() => AcceleratorProbe.Choose("fast", "/none", "/none")).Kind);
    }

    private string Write(string name, string text, string mode)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        return path;
    }
}
