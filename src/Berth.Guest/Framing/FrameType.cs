namespace Berth.Guest.Framing;

/// <summary>What a frame says. The numbers are the wire's and never change their meaning.</summary>
public enum FrameType : byte
{
    /// <summary>Host → guest, carries <see cref="Messages.Hello"/>: begins a session, whatever went before.</summary>
    Hello = 1,

    /// <summary>Guest → host, carries <see cref="Messages.Welcome"/>: the session of the hello is accepted.</summary>
    Welcome = 2,

    /// <summary>Guest → host, session 0: an agent has started and knows no session; the host says hello again.</summary>
    Announce = 3,

    /// <summary>Host → guest, carries a <see cref="Messages.GuestRequest"/>: opens a channel.</summary>
    Open = 4,

    /// <summary>Guest → host, carries a <see cref="Messages.GuestResult"/>: the channel is over.</summary>
    Done = 5,

    /// <summary>Host → guest: nobody waits for this channel any more; its work is ended.</summary>
    Cancel = 6,

    /// <summary>Bytes of one stream of a channel, within the receiver's credit.</summary>
    Data = 7,

    /// <summary>End of one stream of a channel.</summary>
    Eof = 8,

    /// <summary>The receiver of a stream takes that many bytes more (u32, little endian).</summary>
    Credit = 9,

    /// <summary>Carries a <see cref="Messages.GuestControl"/> for a channel.</summary>
    Control = 10,
}
