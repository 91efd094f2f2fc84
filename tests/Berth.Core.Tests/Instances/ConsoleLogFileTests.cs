using Berth.Core.Instances;

namespace Berth.Core.Tests.Instances;

public sealed class ConsoleLogFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("berth-console-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 0)]
    [InlineData(10, 20)]
    [InlineData(1 << 19, (1 << 19) + 7)]
    [InlineData(3 << 20, 5)]
    public async Task The_last_mebibyte_is_read_oldest_first_across_a_rotation(int present, int before)
    {
        var all = new byte[before + present];
        new Random(1).NextBytes(all);
        await File.WriteAllBytesAsync(Path.Combine(_directory, "console.log"), all[before..], TestContext.Current.CancellationToken);
        if (before > 0)
        {
            await File.WriteAllBytesAsync(Path.Combine(_directory, "console.log.1"), all[..before], TestContext.Current.CancellationToken);
        }

        Assert.Equal(all[Math.Max(0, all.Length - (1 << 20))..], await ConsoleLogFile.ReadAsync(_directory, TestContext.Current.CancellationToken));
        ConsoleLogFile.Clear(_directory);
        Assert.Empty(await ConsoleLogFile.ReadAsync(_directory, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_instance_that_never_ran_has_an_empty_log()
    {
        var nowhere = Path.Combine(_directory, "nowhere");
        Assert.Empty(await ConsoleLogFile.ReadAsync(nowhere, TestContext.Current.CancellationToken));
    }
}
