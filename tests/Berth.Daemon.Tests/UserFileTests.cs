namespace Berth.Daemon.Tests;

public sealed class UserFileTests
{
    private static readonly string[] Lines = ["root:x:0:0:root:/root:/bin/sh", "broken", "", "alice:x:1000:1000::/home/alice:/bin/sh", "again:x:1000:1::/:/bin/sh"];

    [Theory]
    [InlineData(0u, "root")]
    [InlineData(1000u, "alice")]
    [InlineData(4294967294u, "uid=4294967294")]
    public void A_user_has_the_name_that_the_host_gives(uint uid, string name) => Assert.Equal(name, UserFile.NameOf(uid, Lines));
}
