using System.Collections.Immutable;
using Berth.Core.Devices;
using Berth.Core.Instances;
using CsCheck;

namespace Berth.Core.Tests.Devices;

public sealed class DeviceValidatorTests
{
    private static readonly DeviceValidator Validator = new((_, _) => { });

    [Theory]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,readonly=true,recursive=false,shift=true,propagation=rslave,raw.mount.options=nosuid")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,limits.read=10MB,limits.write=500iops")]
    [InlineData(InstanceKind.Container, "type=disk,pool=default,source=data,path=/mnt,user.note=mine")]
    [InlineData(InstanceKind.Machine, "type=disk,source=/srv/a.img,io.bus=nvme,io.cache=unsafe,boot.priority=3")]
    [InlineData(InstanceKind.Machine, "type=disk,source=/srv/a.iso,attached=false")]
    [InlineData(InstanceKind.Machine, "type=disk,source=cloud-init:config")]
    [InlineData(InstanceKind.Machine, "type=disk,source=/srv/a.img,wwn=0x5000c500a0b1c2d3")]
    [InlineData(InstanceKind.Container, "type=unix-char,source=/dev/ttyS0,mode=0660,uid=5,gid=65535,required=false")]
    [InlineData(InstanceKind.Container, "type=unix-block,path=/dev/x,major=7,minor=1")]
    [InlineData(InstanceKind.Container, "type=none")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:0.0.0.0:80-81,connect=tcp:127.0.0.1:8080-8081,proxy_protocol=true")]
    [InlineData(InstanceKind.Machine, "type=proxy,listen=tcp:0.0.0.0:80-81,connect=tcp:0.0.0.0:80-81,nat=true")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=unix:/run/x,connect=tcp:127.0.0.1:1,bind=instance,uid=5,gid=6,mode=0600")]
    public void What_is_served_is_taken(InstanceKind kind, string device) => Validate(device, kind);

    [Theory]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv", ErrorKind.BadRequest, "path")]
    [InlineData(InstanceKind.Container, "type=disk,path=/mnt", ErrorKind.BadRequest, "source")]
    [InlineData(InstanceKind.Container, "type=disk,source=srv,path=/mnt", ErrorKind.BadRequest, "absolute")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv/../etc,path=/mnt", ErrorKind.BadRequest, "..")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt/../etc", ErrorKind.BadRequest, "..")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=//", ErrorKind.BadRequest, "root disk")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,readonly=maybe", ErrorKind.BadRequest, "readonly")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,propagation=wild", ErrorKind.BadRequest, "propagation")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,limits.read=0", ErrorKind.BadRequest, "limits.read")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,limits.max=xiops", ErrorKind.BadRequest, "limits.max")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,io.bus=nvme", ErrorKind.BadRequest, "io.bus")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,limits.read.burst=1MB", ErrorKind.Unsupported, "limits.read.burst")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,ceph.user_name=x", ErrorKind.Unsupported, "ceph.user_name")]
    [InlineData(InstanceKind.Container, "type=disk,source=tmpfs:,path=/mnt", ErrorKind.Unsupported, "tmpfs:")]
    [InlineData(InstanceKind.Container, "type=disk,source=ceph:pool/x,path=/mnt", ErrorKind.Unsupported, "ceph:")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,size=5GiB", ErrorKind.BadRequest, "size")]
    [InlineData(InstanceKind.Container, "type=disk,source=/srv,path=/mnt,redonly=true", ErrorKind.BadRequest, "did you mean readonly")]
    [InlineData(InstanceKind.Container, "type=disk,path=/,pool=default,readonly=true", ErrorKind.BadRequest, "readonly")]
    [InlineData(InstanceKind.Container, "type=disk,path=/,pool=default,initial.zfs.block_mode=true", ErrorKind.Unsupported, "initial.")]
    [InlineData(InstanceKind.Container, "type=disk,path=/", ErrorKind.BadRequest, "pool")]
    [InlineData(InstanceKind.Machine, "type=disk,source=/srv/a.img,io.bus=virtiofs", ErrorKind.BadRequest, "io.bus")]
    [InlineData(InstanceKind.Machine, "type=disk,source=/srv/a.img,shift=true", ErrorKind.BadRequest, "shift")]
    [InlineData(InstanceKind.Machine, "type=disk,source=agent:config", ErrorKind.Unsupported, "agent:config")]
    [InlineData(InstanceKind.Machine, "type=unix-char,source=/dev/ttyS0", ErrorKind.BadRequest, "containers")]
    [InlineData(InstanceKind.Container, "type=unix-char", ErrorKind.BadRequest, "source")]
    [InlineData(InstanceKind.Container, "type=unix-char,source=/dev/x,mode=999", ErrorKind.BadRequest, "mode")]
    [InlineData(InstanceKind.Container, "type=unix-char,source=/dev/x,uid=65536", ErrorKind.BadRequest, "uid")]
    [InlineData(InstanceKind.Container, "type=unix-char,source=/dev/x,major=1", ErrorKind.BadRequest, "minor")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:0.0.0.0:80", ErrorKind.BadRequest, "connect")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:0.0.0.0:80-82,connect=tcp:127.0.0.1:8080-8081", ErrorKind.BadRequest, "3 ports")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=udp:0.0.0.0:80,connect=tcp:127.0.0.1:80", ErrorKind.Unsupported, "udp into tcp")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:127.0.0.1:80,connect=tcp:0.0.0.0:80,nat=true", ErrorKind.BadRequest, "another address")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:0.0.0.0:80,connect=unix:/x,nat=true", ErrorKind.BadRequest, "tcp to unix")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:0.0.0.0:80,connect=tcp:[::]:80,nat=true", ErrorKind.BadRequest, "IPv4 and IPv6")]
    [InlineData(InstanceKind.Machine, "type=proxy,listen=tcp:0.0.0.0:80,connect=tcp:0.0.0.0:80,nat=true,bind=instance", ErrorKind.BadRequest, "bound on the host")]
    [InlineData(InstanceKind.Machine, "type=proxy,listen=tcp:0.0.0.0:80,connect=tcp:0.0.0.0:80,nat=true,proxy_protocol=true", ErrorKind.BadRequest, "proxy_protocol")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:0.0.0.0:80,connect=unix:/x,proxy_protocol=true", ErrorKind.BadRequest, "proxy_protocol")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:0.0.0.0:80,connect=unix:/x,mode=0600", ErrorKind.BadRequest, "mode")]
    [InlineData(InstanceKind.Container, "type=proxy,listen=tcp:0.0.0.0:80,connect=unix:/x,security.uid=1000", ErrorKind.Unsupported, "security.uid")]
    [InlineData(InstanceKind.Machine, "type=proxy,listen=tcp:0.0.0.0:80,connect=tcp:127.0.0.1:80", ErrorKind.Unsupported, "virtual machines")]
    [InlineData(InstanceKind.Container, "type=usb,vendorid=1d6b", ErrorKind.Unsupported, "usb")]
    [InlineData(InstanceKind.Machine, "type=pci,address=0000:00:01.0", ErrorKind.Unsupported, "pci")]
    [InlineData(InstanceKind.Container, "type=gpu", ErrorKind.Unsupported, "gpu")]
    [InlineData(InstanceKind.Container, "type=infiniband", ErrorKind.Unsupported, "infiniband")]
    [InlineData(InstanceKind.Container, "type=unix-hotplug", ErrorKind.Unsupported, "unix-hotplug")]
    [InlineData(InstanceKind.Container, "type=floppy", ErrorKind.BadRequest, "floppy")]
    [InlineData(InstanceKind.Container, "path=/mnt", ErrorKind.BadRequest, "type")]
    public void What_is_not_is_refused_by_name(InstanceKind kind, string device, ErrorKind expected, string named)
    {
        var error = Assert.Throws<BerthException>(() => Validate(device, kind));
        Assert.Equal(expected, error.Kind);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("\"d\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_may_have_what_only_one_kind_of_instance_can_use() =>
        Validate("type=disk,source=/srv/a.img,path=/mnt,io.bus=nvme,shift=true", kind: null);

    [Fact]
    public void Two_devices_have_no_path_in_common()
    {
        var one = Parse("type=disk,source=/srv,path=/mnt/");
        var error = Assert.Throws<BerthException>(() => Validator.ValidateAll(
            ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty.Add("a", one).Add("b", one.SetItem("path", "//mnt")), null));
        Assert.Contains("/mnt: a, b", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_a_value_is_it_is_taken_or_refused_and_nothing_else() =>
        Gen.Select(Gen.Int[0, 6].Select(i => new[] { "source", "path", "limits.read", "propagation", "mode", "raw.mount.options", "io.bus" }[i]), Gen.String[0, 5000]).Sample((key, value) =>
        {
            try
            {
                Validator.ValidateAll(Devices(Parse("type=disk,source=/srv,path=/mnt").SetItem(key, value)), InstanceKind.Container);
            }
            catch (BerthException e)
            {
                Assert.True(e.Message.Length < 10_000);
            }
        });

    [Fact]
    public void Limits_are_read_with_both_units()
    {
        Assert.Equal(new(10_000_000, 5_000_000, 100, 300), IoLimits.Of("d", Parse("limits.max=5MB;300iops,limits.read=10MB;100iops")));
    }

    [Fact]
    public void Devices_on_one_disk_have_the_mean_of_those_limits_that_are_set() =>
        Assert.Equal(new(2, 3, null, 7), IoLimits.Mean([new(1, 5, null, 7), new(4, 2, null, null)]));

    [Fact]
    public void The_mean_of_limits_is_between_them_and_has_no_overflow() =>
        Gen.Long[1, long.MaxValue].Array[1, 6].Sample(limits =>
        {
            var mean = IoLimits.Mean([.. limits.Select(l => new IoLimits(l, null, null, null))]);
            Assert.InRange(mean.ReadBytes!.Value, limits.Min(), limits.Max());
            Assert.Null(mean.WriteBytes);
        });

    [Fact]
    public void Nothing_is_limited_where_nobody_limits()
    {
        Assert.True(IoLimits.Mean([IoLimits.None, IoLimits.None]).IsNone);
    }

    [Fact]
    public void Changes_are_what_differs_and_an_empty_value_is_none()
    {
        var before = Devices(Parse("type=disk,source=/srv,path=/mnt")).Add("gone", Parse("type=none"));
        var after = Devices(Parse("type=disk,source=/srv,path=/mnt,readonly=")).Add("new", Parse("type=none"));
        Assert.Equal(["gone", "new"], DeviceChange.Between(before, after).Select(c => c.Device));
        Assert.Equal(["readonly"], DeviceChange.Between(before, before.SetItem("d", before["d"].Add("readonly", "true"))).Single().Keys);
    }

    private static void Validate(string device, InstanceKind? kind) => Validator.ValidateAll(Devices(Parse(device)), kind);

    private static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Devices(ImmutableSortedDictionary<string, string> config) =>
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty.Add("d", config);

    private static ImmutableSortedDictionary<string, string> Parse(string text) =>
        text.Split(',').Select(pair => pair.Split('=', 2)).ToImmutableSortedDictionary(p => p[0], p => p[1].Replace(';', ','), StringComparer.Ordinal);
}
