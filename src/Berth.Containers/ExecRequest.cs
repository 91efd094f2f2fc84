using System.Globalization;
using System.Text;

namespace Berth.Containers;

/// <summary>
/// A command to run in a container, on its way from the daemon to berth-lxc. Part of both programs. It goes through a pipe and not
/// over the command line or in the environment: those are for everybody to read, and a user's LD_PRELOAD must not reach a
/// process of the host.
/// </summary>
/// <param name="UnifiedGroup">The directory of the v2 control group that the command belongs to; empty where the host has none.</param>
/// <param name="LegacyGroups">Its directories in the v1 hierarchies.</param>
/// <param name="Environment">NAME=VALUE, all of it.</param>
internal sealed record ExecRequest(
    uint Uid, uint Gid, string Directory, string UnifiedGroup, string[] LegacyGroups, string[] Command, string[] Environment)
{
    private const char End = '\0';

    /// <summary>The fields one after the other, each ended by a zero byte, which no field can hold; lists begin with their length.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        Add(text, Number(Uid), Number(Gid), Directory, UnifiedGroup);
        foreach (var list in (ReadOnlySpan<string[]>)[LegacyGroups, Command, Environment])
        {
            Add(text, Number((uint)list.Length));
            Add(text, list);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <exception cref="FormatException">It is not whole.</exception>
    public static ExecRequest Read(ReadOnlySpan<byte> bytes)
    {
        var fields = new Queue<string>(Encoding.UTF8.GetString(bytes).Split(End));
        try
        {
            var uid = ReadNumber(fields);
            var gid = ReadNumber(fields);
            return new(uid, gid, fields.Dequeue(), fields.Dequeue(), ReadList(fields), ReadList(fields), ReadList(fields));
        }
        catch (InvalidOperationException)
        {
            throw new FormatException("The request is cut off.");
        }
    }

    private static void Add(StringBuilder text, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            text.Append(field).Append(End);
        }
    }

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static uint ReadNumber(Queue<string> fields) => uint.Parse(fields.Dequeue(), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string[] ReadList(Queue<string> fields)
    {
        var list = new string[ReadNumber(fields)];
        for (var i = 0; i < list.Length; i++)
        {
            list[i] = fields.Dequeue();
        }

        return list;
    }
}
