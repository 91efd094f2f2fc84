using System.Text.Json.Serialization;

namespace Berth.Guest.Messages;

/// <summary>Something said about a running exec.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(StartedControl), "started")]
[JsonDerivedType(typeof(ExitedControl), "exited")]
[JsonDerivedType(typeof(SignalControl), "signal")]
[JsonDerivedType(typeof(ResizeControl), "resize")]
public abstract record GuestControl;

/// <summary>Guest → host: the request is under way (exec: the program runs; files: the file is open).</summary>
public sealed record StartedControl(int Pid) : GuestControl;

/// <summary>Guest → host: the program has ended; its output may still be read by others.</summary>
/// <param name="ExitCode">128 + signal when killed by one.</param>
public sealed record ExitedControl(int ExitCode) : GuestControl;

/// <summary>Host → guest: signal to the program's process group.</summary>
public sealed record SignalControl(int Signal) : GuestControl;

public sealed record ResizeControl(int Columns, int Rows) : GuestControl;
