using System.Buffers.Binary;
using System.Text;
using Berth.Machines.CloudInit;
using CsCheck;

namespace Berth.Machines.Tests.CloudInit;

public sealed class SeedDiskTests
{
    private const int Sector = 2048;

    /// <summary>Read back as ISO 9660 says, whatever the sizes.</summary>
    [Fact]
    public void Every_file_comes_back() => Gen.Byte.Array[0, 5000].Array[1, 4].Sample(contents =>
    {
        string[] names = ["meta-data", "network-config", "user-data", "vendor-data"];
        var files = contents.Select((content, i) => (names[i], content)).ToList();
        Assert.Equal(files.Select(f => (f.Item1, Convert.ToHexString(f.content))), Read(SeedDisk.Write(files)));
    });

    [Fact]
    public void It_has_the_label_that_cloud_init_looks_for()
    {
        var image = SeedDisk.Write([("meta-data", [])]);
        Assert.Equal("CD001", Encoding.ASCII.GetString(image, (16 * Sector) + 1, 5));
        Assert.Equal("cidata", Encoding.ASCII.GetString(image, (16 * Sector) + 40, 32).TrimEnd());
        Assert.Equal(image.Length / Sector, BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan((16 * Sector) + 80)));
    }

    private static List<(string, string)> Read(byte[] image)
    {
        var root = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan((16 * Sector) + 156 + 2)) * Sector;
        var found = new List<(string, string)>();
        for (var at = root; image[at] != 0; at += image[at])
        {
            var (sector, length) = (BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(at + 2)), BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(at + 10)));
            if ((image[at + 25] & 2) == 0)
            {
                var name = Encoding.ASCII.GetString(image, at + 33, image[at + 32]);
                found.Add((name.Split(';')[0].ToLowerInvariant(), Convert.ToHexString(image, sector * Sector, length)));
            }
        }

        return found;
    }
}
