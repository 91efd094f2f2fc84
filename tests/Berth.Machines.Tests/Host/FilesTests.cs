using System.Text;
using Berth.Core.Instances;
using Berth.Machines.Console;
using Berth.Machines.Firmware;

namespace Berth.Machines.Tests.Host;

public sealed class FilesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("berth-files-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_machine_keeps_the_firmware_that_its_variables_were_made_for()
    {
        var (oldCode, newCode) = (Write("old-code", "c1"), Write("new-code", "c2"));
        var first = new FirmwareFiles(oldCode, Write("old-vars", "v1")).ForMachine(_directory.FullName);
        Assert.Equal((oldCode, "v1"), (first.Code, File.ReadAllText(first.Variables)));
        File.WriteAllText(first.Variables, "changed by the guest");
        var second = new FirmwareFiles(newCode, Write("new-vars", "v2")).ForMachine(_directory.FullName);
        Assert.Equal((oldCode, "changed by the guest"), (second.Code, File.ReadAllText(second.Variables)));
        File.Delete(oldCode);
        var third = new FirmwareFiles(newCode, Write("new-vars", "v2")).ForMachine(_directory.FullName);
        Assert.Equal((newCode, "v2"), (third.Code, File.ReadAllText(third.Variables)));
    }

    [Fact]
    public async Task The_console_log_keeps_its_last_megabyte_and_gives_the_rest_back()
    {
        var path = Path.Combine(_directory.FullName, "console.log");
        var log = new ConsoleLog(path);
        Assert.Empty(await ConsoleLogFile.ReadAsync(_directory.FullName, TestContext.Current.CancellationToken));
        log.Prepare(0);
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i:D8}\n")));
        await File.AppendAllBytesAsync(path, text, TestContext.Current.CancellationToken);
        log.Trim();
        Assert.Equal(text[^ConsoleLog.Kept..], await ConsoleLogFile.ReadAsync(_directory.FullName, TestContext.Current.CancellationToken));
        Assert.Equal(text.Length, new FileInfo(path).Length);
        Assert.InRange(Linux.Files.FileStatus.Of(path).Allocated, ConsoleLog.Kept, ConsoleLog.Kept + 65536);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
