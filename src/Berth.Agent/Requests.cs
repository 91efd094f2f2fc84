using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Berth.Guest.Messages;
using Berth.Guest.Sessions;

namespace Berth.Agent;

/// <summary>Leads each request to what answers it.</summary>
internal static class Requests
{
    private static readonly GuestResult s_done = new();

    public static async Task<GuestResult> AnswerAsync(GuestRequest request, GuestChannel channel)
    {
        try
        {
            await (request switch
            {
                PingRequest => Task.CompletedTask,
                ExecRequest exec => Exec.RunAsync(exec, channel),
                StatRequest stat => ReplyAsync(channel, GuestFiles.Stat(stat.Path), GuestJson.Default.GuestFile),
                ListRequest list => ReplyAsync(channel, GuestFiles.List(list.Path), GuestJson.Default.GuestFileArray),
                ReadFileRequest read => GuestFiles.ReadAsync(read.Path, channel),
                WriteFileRequest write => GuestFiles.WriteAsync(write, channel),
                SftpRequest => Sftp.RunAsync(channel),
                MakeDirectoryRequest mkdir => Do(() => GuestFiles.MakeDirectory(mkdir)),
                MakeSymlinkRequest symlink => Do(() => GuestFiles.MakeSymlink(symlink)),
                DeleteRequest delete => Do(() => GuestFiles.Delete(delete.Path, delete.Recursive)),
                SetAttributesRequest attributes => Do(() => GuestFiles.SetAttributes(attributes)),
                StateRequest => ReplyAsync(channel, State.Read(), GuestJson.Default.GuestState),
                ShutdownRequest shutdown => Power.ShutdownAsync(shutdown.Reboot, channel.Cancelled),
                SetClockRequest clock => Do(() => Power.SetClock(clock.UnixMicroseconds)),
                GuestApiRequest => GuestApi.ServeAsync(channel),
                _ => throw new GuestException(GuestErrorKind.Unsupported, $"This agent does not know {request.GetType().Name}: update it."),
            });
            return s_done;
        }
        catch (Exception e) when (Errors.ToGuest(e) is { } error)
        {
            return new GuestResult(error);
        }
    }

    private static async Task ReplyAsync<T>(GuestChannel channel, T body, JsonTypeInfo<T> type)
    {
        await using var output = channel.Output(1);
        await output.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body, type), channel.Cancelled);
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
