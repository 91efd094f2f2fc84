namespace Berth.Linux.Terminals;

/// <summary>A terminal's size in characters, ioctl_tty(2).</summary>
public readonly record struct WindowSize(ushort Columns, ushort Rows);
