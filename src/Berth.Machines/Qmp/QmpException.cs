namespace Berth.Machines.Qmp;

/// <summary>QEMU refused a command, or can no longer be spoken to.</summary>
/// <param name="errorClass">QEMU's error class, for example <c>GenericError</c>; null when the connection is gone.</param>
internal sealed class QmpException(string? errorClass, string message, Exception? inner = null) : Exception(message, inner)
{
    public string? ErrorClass { get; } = errorClass;

    /// <summary>True when no answer can be had any more.</summary>
    public bool ConnectionLost => ErrorClass is null;
}
