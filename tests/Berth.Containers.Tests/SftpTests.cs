using System.Buffers.Binary;
using System.Text;
using Berth.Linux.Files;
using Berth.Sftp;

namespace Berth.Containers.Tests;

/// <summary>The SFTP server over a plain directory, spoken to in packets.</summary>
public sealed class SftpTests : IDisposable
{
    private static readonly byte[] _init = [0, 0, 0, 5, 1, 0, 0, 0, 3];
    private readonly string _root = Directory.CreateTempSubdirectory("berth-sftp-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_file_is_written_at_any_place_and_read_again()
    {
        var answers = await TalkAsync(
            Packet(3, Text("/note"), Number(2 | 8), Number(0)),
            Packet(6, Handle(1), Long(4), Text("ahoy")),
            Packet(6, Handle(1), Long(0), Text("say ")),
            Packet(4, Handle(1)),
            Packet(3, Text("note"), Number(1), Number(0)),
            Packet(5, Handle(2), Long(2), Number(100)),
            Packet(5, Handle(2), Long(8), Number(100)));
        Assert.Equal("say ahoy", await File.ReadAllTextAsync(Path.Combine(_root, "note"), Cancel));
        Assert.Equal([102, 101, 101, 101, 102, 103, 101], answers.Select(a => (int)a[0]));
        Assert.Equal("y ahoy", Encoding.UTF8.GetString(answers[5][9..]));
        Assert.Equal(1, Status(answers[6]));
    }

    [Fact]
    public async Task Names_that_are_taken_are_kept_and_posix_rename_replaces()
    {
        File.WriteAllText(Path.Combine(_root, "a"), "a");
        File.WriteAllText(Path.Combine(_root, "b"), "b");
        var answers = await TalkAsync(
            Packet(18, Text("/a"), Text("/b")),
            Packet(200, Text("posix-rename@openssh.com"), Text("/a"), Text("/b")),
            Packet(13, Text("/nothing")),
            Packet(14, Text("/dir"), Number(4), Number(0x1C0)),
            Packet(13, Text("/dir")),
            Packet(15, Text("/dir")));
        Assert.Equal([4, 0, 2, 0, 4, 0], answers.Select(Status));
        Assert.Equal("a", File.ReadAllText(Path.Combine(_root, "b")));
        Assert.Single(Directory.GetFileSystemEntries(_root));
    }

    [Fact]
    public async Task No_path_and_no_link_leads_out()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "out"), "/etc");
        File.CreateSymbolicLink(Path.Combine(_root, "up"), "../../../../etc/passwd");
        var answers = await TalkAsync(
            Packet(3, Text("/out/passwd"), Number(1), Number(0)),
            Packet(3, Text("/../../../etc/passwd"), Number(1), Number(0)),
            Packet(3, Text("/up"), Number(1), Number(0)),
            Packet(16, Text("/../a/./b/../c")));
        Assert.Equal([2, 2, 2], answers[..3].Select(Status));
        Assert.Equal("/a/c", Encoding.UTF8.GetString(answers[3].AsSpan(13, 4)));
    }

    [Fact]
    public async Task A_large_directory_comes_in_pieces_and_whole()
    {
        for (var i = 0; i < 2000; i++)
        {
            File.WriteAllText(Path.Combine(_root, $"file-{i}"), "");
        }

        var answers = await TalkAsync([Packet(11, Text("/")), .. Enumerable.Repeat(Packet(12, Handle(1)), 60)]);
        Assert.Equal(2000, answers.Where(a => a[0] == 104).Sum(a => BinaryPrimitives.ReadInt32BigEndian(a.AsSpan(5))));
        Assert.Equal(1, Status(answers[^1]));
    }

    [Fact]
    public async Task What_is_open_is_bounded()
    {
        File.WriteAllText(Path.Combine(_root, "a"), "a");
        var answers = await TalkAsync([.. Enumerable.Repeat(Packet(3, Text("/a"), Number(1), Number(0)), 300)]);
        Assert.Equal(256, answers.Count(a => a[0] == 102));
        Assert.Equal(4, Status(answers[^1]));
    }

    [Fact]
    public async Task Any_bytes_end_the_session_or_are_answered()
    {
        var random = new Random(4711);
        for (var round = 0; round < 300; round++)
        {
            var body = new byte[random.Next(0, 60)];
            random.NextBytes(body);
            var type = (byte)random.Next(0, 256);
            byte[] packet = [0, 0, 0, (byte)(5 + body.Length), type, 0, 0, 0, 7, .. body];
            var answers = await TalkAsync(packet);
            Assert.Single(answers);
        }

        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync([0xff, 0xff, 0xff, 0xff, 1]));
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync([0, 0, 0, 0]));
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync([0, 0, 0, 5, 3, 0, 0, 0, 3]));
    }

    private static byte[] Packet(byte type, params byte[][] fields)
    {
        byte[] body = [type, 0, 0, 0, 7, .. fields.SelectMany(f => f)];
        return [.. Number((uint)body.Length), .. body];
    }

    private static byte[] Number(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static byte[] Long(long value) => [.. Number((uint)(value >> 32)), .. Number((uint)value)];

    private static byte[] Text(string text) => [.. Number((uint)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>Handles are counted from 1.</summary>
    private static byte[] Handle(uint number) => [0, 0, 0, 4, .. Number(number)];

    private static int Status(byte[] answer) => answer[0] == 101 ? BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(5)) : -1;

    private async Task<byte[]> RunAsync(byte[] input)
    {
        using var output = new MemoryStream();
        await new SftpServer(() => RootedDirectory.Open(_root)).RunAsync(new MemoryStream(input), output, Cancel);
        return output.ToArray();
    }

    /// <summary>The answers to the packets, without their lengths and without the greeting.</summary>
    private async Task<List<byte[]>> TalkAsync(params byte[][] packets)
    {
        var output = await RunAsync([.. _init, .. packets.SelectMany(p => p)]);
        var answers = new List<byte[]>();
        for (var at = 0; at < output.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(output.AsSpan(at));
            answers.Add(output[(at + 4)..(at + 4 + length)]);
            at += 4 + length;
        }

        Assert.Equal(2, answers[0][0]);
        return answers[1..];
    }
}
