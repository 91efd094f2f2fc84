using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using System.Text;

namespace Berth.Linux.Interop;

/// <summary>
/// Marshals a string as NUL-terminated UTF-8 and refuses what C would silently read as another string: an embedded NUL, a lone surrogate.
/// </summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(ManagedToUnmanagedIn))]
internal static unsafe class CString
{
    private static readonly UTF8Encoding Strict = new(false, true);

    /// <summary>The bytes of <paramref name="text"/> with the terminating NUL.</summary>
    /// <exception cref="LinuxException">EINVAL: an embedded NUL or text that is not Unicode.</exception>
    public static byte[] Encode(string text)
    {
        var bytes = new byte[Strict.GetMaxByteCount(text.Length) + 1];
        return bytes[..(Encode(text, bytes) + 1)];
    }

    private static int Encode(string text, Span<byte> into)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new LinuxException(Errno.EINVAL, "string with NUL", text.Replace("\0", "\\0", StringComparison.Ordinal));
        }

        try
        {
            var length = Strict.GetBytes(text, into);
            into[length] = 0;
            return length;
        }
        catch (EncoderFallbackException)
        {
            throw new LinuxException(Errno.EINVAL, "string that is not Unicode", text);
        }
    }

    public ref struct ManagedToUnmanagedIn
    {
        public static int BufferSize => 256;

        private byte* _text;
        private bool _allocated;

        public void FromManaged(string? managed, Span<byte> buffer)
        {
            if (managed is null)
            {
                return;
            }

            var needed = Strict.GetMaxByteCount(managed.Length) + 1;
            if (needed > buffer.Length)
            {
                _text = (byte*)NativeMemory.Alloc((nuint)needed);
                _allocated = true;
                buffer = new Span<byte>(_text, needed);
            }
            else
            {
                _text = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
            }

            try
            {
                Encode(managed, buffer);
            }
            catch
            {
                Free();
                throw;
            }
        }

        public readonly byte* ToUnmanaged() => _text;

        public void Free()
        {
            if (_allocated)
            {
                NativeMemory.Free(_text);
                _allocated = false;
            }
        }
    }
}
