namespace Berth.Linux.Interop;

/// <summary><c>struct iovec</c>.</summary>
internal unsafe struct IoVec
{
    public void* Base;
    public ulong Length;
}
