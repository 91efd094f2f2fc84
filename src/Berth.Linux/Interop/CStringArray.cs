using System.Runtime.InteropServices;

namespace Berth.Linux.Interop;

/// <summary>A NULL-terminated <c>char **</c>: argv or envp.</summary>
internal sealed unsafe class CStringArray : IDisposable
{
    private readonly int _count;
    private byte** _pointers;

    public CStringArray(IReadOnlyCollection<string> strings)
    {
        _count = strings.Count;
        _pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        var i = 0;
        try
        {
            foreach (var text in strings)
            {
                var bytes = CString.Encode(text);
                _pointers[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
                bytes.CopyTo(new Span<byte>(_pointers[i++], bytes.Length));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public byte** Pointer => _pointers;

    public void Dispose()
    {
        for (var i = 0; _pointers != null && i < _count; i++)
        {
            NativeMemory.Free(_pointers[i]);
        }

        NativeMemory.Free(_pointers);
        _pointers = null;
    }
}
