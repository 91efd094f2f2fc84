using System.Buffers.Binary;
using System.Text;

namespace Berth.EndToEnd.Support;

/// <summary>
/// A CD-ROM image of half a megabyte that boots under BIOS and UEFI (El Torito, ECMA-119), each time into a few instructions that say
/// which of both it was on the first serial port.
/// </summary>
internal static class BootableIso
{
    public const string SaysBios = "berth-cd booted by BIOS";
    public const string SaysUefi = "berth-cd booted by UEFI";

    private const int Block = 2048;
    private const int Sector = 512;
    private const int CatalogBlock = 20;
    private const int BiosBlock = 21;
    private const int UefiBlock = 22;

    /// <summary>The EFI system partition: FAT12, 360 KiB, one sector a cluster.</summary>
    private const int FatSectors = 720;
    private const int FatLength = 3;
    private const int RootEntries = 112;
    private const int FirstFat = 1;
    private const int RootSector = FirstFat + (2 * FatLength);
    private const int DataSector = RootSector + (RootEntries * 32 / Sector);

    /// <summary>AC 84 C0 74 03 EE EB F8 F4 EB FD: sends what SI points to until a zero byte, then halts.</summary>
    private static readonly byte[] _send = [0xAC, 0x84, 0xC0, 0x74, 0x03, 0xEE, 0xEB, 0xF8, 0xF4, 0xEB, 0xFD];

    public static void Write(string path)
    {
        var image = new byte[(UefiBlock * Block) + (FatSectors * Sector)];
        WriteDescriptors(image);
        WriteCatalog(image.AsSpan(CatalogBlock * Block));
        BiosProgram().CopyTo(image, BiosBlock * Block);
        WriteFat(image.AsSpan(UefiBlock * Block));
        File.WriteAllBytes(path, image);
    }

    private static void WriteDescriptors(Span<byte> image)
    {
        var primary = image[(16 * Block)..];
        Identify(primary, 1);
        BothEndian32(primary[80..], image.Length / Block);
        BothEndian16(primary[120..], 1);
        BothEndian16(primary[124..], 1);
        BothEndian16(primary[128..], Block);
        primary[156] = 34;
        BothEndian32(primary[158..], 19);
        BothEndian32(primary[166..], Block);
        primary[181] = 2;
        primary[188] = 1;
        var boot = image[(17 * Block)..];
        Identify(boot, 0);
        Encoding.ASCII.GetBytes("EL TORITO SPECIFICATION").CopyTo(boot[7..]);
        BinaryPrimitives.WriteInt32LittleEndian(boot[71..], CatalogBlock);
        Identify(image[(18 * Block)..], 255);
    }

    private static void Identify(Span<byte> descriptor, byte type)
    {
        descriptor[0] = type;
        "CD001"u8.CopyTo(descriptor[1..]);
        descriptor[6] = 1;
    }

    private static void WriteCatalog(Span<byte> catalog)
    {
        catalog[0] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(catalog[30..], 0xAA55);
        var sum = 0;
        for (var i = 0; i < 32; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16LittleEndian(catalog[i..]);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(catalog[28..], (ushort)-sum);
        Entry(catalog[32..], 4, BiosBlock);
        catalog[64] = 0x91;
        catalog[65] = 0xEF;
        catalog[66] = 1;
        Entry(catalog[96..], FatSectors, UefiBlock);
    }

    private static void Entry(Span<byte> entry, ushort sectors, int block)
    {
        entry[0] = 0x88;
        BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], sectors);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], block);
    }

    /// <summary>16-bit code, loaded at 0x7C00: DS = 0, SI = the text, DX = the port.</summary>
    private static byte[] BiosProgram() =>
        [0x31, 0xC0, 0x8E, 0xD8, 0xFC, 0xBE, 0x16, 0x7C, 0xBA, 0xF8, 0x03, .. _send, .. Encoding.ASCII.GetBytes(SaysBios), 13, 10, 0];

    /// <summary>64-bit code: RSI = the text behind it, DX = the port.</summary>
    private static byte[] UefiCode() =>
        [0x48, 0x8D, 0x35, 0x10, 0, 0, 0, 0xFC, 0x66, 0xBA, 0xF8, 0x03, .. _send, .. Encoding.ASCII.GetBytes(SaysUefi), 13, 10, 0];

    /// <summary>The code as an EFI application (PE32+ of one section).</summary>
    private static byte[] UefiProgram()
    {
        var file = new byte[2 * Sector];
        "MZ"u8.CopyTo(file);
        file[0x3C] = 0x40;
        "PE\0\0"u8.CopyTo(file.AsSpan(0x40));
        var coff = file.AsSpan(0x44);
        BinaryPrimitives.WriteUInt16LittleEndian(coff, 0x8664);
        coff[2] = 1;
        coff[16] = 0xF0;
        coff[18] = 0x22;
        var optional = file.AsSpan(0x58);
        BinaryPrimitives.WriteUInt16LittleEndian(optional, 0x20B);
        foreach (var (at, value) in new[] { (4, Sector), (16, 0x1000), (20, 0x1000), (32, 0x1000), (36, Sector), (56, 0x2000), (60, Sector), (108, 16) })
        {
            BinaryPrimitives.WriteInt32LittleEndian(optional[at..], value);
        }

        optional[68] = 10;
        var section = file.AsSpan(0x58 + 0xF0);
        ".text"u8.CopyTo(section);
        foreach (var (at, value) in new[] { (8, Sector), (12, 0x1000), (16, Sector), (20, Sector), (36, 0x60000020) })
        {
            BinaryPrimitives.WriteInt32LittleEndian(section[at..], value);
        }

        UefiCode().CopyTo(file, Sector);
        return file;
    }

    private static void WriteFat(Span<byte> fat)
    {
        new byte[] { 0xEB, 0x3C, 0x90 }.CopyTo(fat);
        "BERTH   "u8.CopyTo(fat[3..]);
        BinaryPrimitives.WriteUInt16LittleEndian(fat[11..], Sector);
        fat[13] = 1;
        fat[14] = FirstFat;
        fat[16] = 2;
        BinaryPrimitives.WriteUInt16LittleEndian(fat[17..], RootEntries);
        BinaryPrimitives.WriteUInt16LittleEndian(fat[19..], FatSectors);
        fat[21] = 0xF9;
        fat[22] = FatLength;
        fat[24] = 9;
        fat[26] = 2;
        fat[38] = 0x29;
        "NO NAME    FAT12   "u8.CopyTo(fat[43..]);
        fat[510] = 0x55;
        fat[511] = 0xAA;

        // Clusters 2 (EFI), 3 (BOOT), 4 and 5 (the program): each entry has twelve bits.
        byte[] table = [0xF9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x05, 0xF0, 0xFF];
        table.CopyTo(fat[(FirstFat * Sector)..]);
        table.CopyTo(fat[((FirstFat + FatLength) * Sector)..]);
        DirectoryEntry(fat[(RootSector * Sector)..], "EFI        ", 2, null);
        var efi = fat[(DataSector * Sector)..];
        DirectoryEntry(efi, ".          ", 2, null);
        DirectoryEntry(efi[32..], "..         ", 0, null);
        DirectoryEntry(efi[64..], "BOOT       ", 3, null);
        var boot = efi[Sector..];
        DirectoryEntry(boot, ".          ", 3, null);
        DirectoryEntry(boot[32..], "..         ", 2, null);
        DirectoryEntry(boot[64..], "BOOTX64 EFI", 4, 2 * Sector);
        UefiProgram().CopyTo(boot[Sector..]);
    }

    /// <param name="size">Null: a directory.</param>
    private static void DirectoryEntry(Span<byte> entry, string name, ushort cluster, int? size)
    {
        Encoding.ASCII.GetBytes(name).CopyTo(entry);
        entry[11] = (byte)(size is null ? 0x10 : 0x20);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[26..], cluster);
        BinaryPrimitives.WriteInt32LittleEndian(entry[28..], size ?? 0);
    }

    private static void BothEndian32(Span<byte> at, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(at, value);
        BinaryPrimitives.WriteInt32BigEndian(at[4..], value);
    }

    private static void BothEndian16(Span<byte> at, short value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(at, value);
        BinaryPrimitives.WriteInt16BigEndian(at[2..], value);
    }
}
