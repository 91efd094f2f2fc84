namespace Berth.Linux.Interop;

/// <summary><c>struct msghdr</c> of 64-bit glibc; musl's paddings lie in the same places on little endian.</summary>
internal unsafe struct MsgHdr
{
    public void* Name;
    public ulong NameLength;
    public IoVec* Vectors;
    public ulong VectorCount;
    public void* Control;
    public ulong ControlLength;
    public int Flags;
}
