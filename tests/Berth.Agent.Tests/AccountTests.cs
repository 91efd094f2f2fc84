namespace Berth.Agent.Tests;

public sealed class AccountTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("berth-account-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_user_has_name_home_and_groups()
    {
        var passwd = Write("passwd", "root:x:0:0:root:/root:/bin/sh\n\nbad line\nbob:x:1000:1000::/home/bob:/bin/sh\n");
        var group = Write("group", "adm:x:4:alice,bob\nbob:x:1000:\nx:x:notanumber:bob\n");
        var bob = Account.Find(1000, 1000, passwd, group);
        Assert.Equal(("bob", "/home/bob"), (bob.Name, bob.Home));
        Assert.Equal([4u, 1000u], bob.Groups);
    }

    [Fact]
    public void An_unknown_user_has_no_home_and_one_group()
    {
        var nobody = Account.Find(4711, 12, Path.Combine(_directory.FullName, "none"), Path.Combine(_directory.FullName, "none"));
        Assert.Equal(("4711", "/"), (nobody.Name, nobody.Home));
        Assert.Equal([12u], nobody.Groups);
    }

    [Fact]
    public void The_port_is_found_by_its_name()
    {
        var sys = _directory.CreateSubdirectory("sys");
        var dev = _directory.CreateSubdirectory("dev");
        foreach (var (port, name) in new[] { ("vport1p1", "com.example.other\n"), ("vport1p2", Guest.GuestPort.Name + "\n") })
        {
            File.WriteAllText(Path.Combine(sys.CreateSubdirectory(port).FullName, "name"), name);
        }
        Assert.Null(VirtioPort.Find(sys.FullName, dev.FullName));
        var device = Path.Combine(dev.FullName, "vport1p2");
        File.WriteAllText(device, "");
        Assert.Equal(device, VirtioPort.Find(sys.FullName, dev.FullName));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
