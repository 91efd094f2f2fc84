namespace Berth.Linux.Events;

/// <summary>Events of epoll(7). Error and HangUp are always reported, asked for or not.</summary>
[Flags]
public enum PollEvents : uint
{
    None = 0,
    /// <summary>EPOLLIN: there is something to read, or the end.</summary>
    In = 0x1,
    /// <summary>EPOLLPRI: exceptional condition; how cgroup and other kernfs files say "changed".</summary>
    Priority = 0x2,
    /// <summary>EPOLLOUT: writing would not block.</summary>
    Out = 0x4,
    /// <summary>EPOLLERR.</summary>
    Error = 0x8,
    /// <summary>EPOLLHUP: the other side is gone.</summary>
    HangUp = 0x10,
    /// <summary>EPOLLRDHUP: the other side of a stream socket will send no more.</summary>
    ReadHangUp = 0x2000,
}
