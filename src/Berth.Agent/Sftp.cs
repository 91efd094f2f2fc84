using Berth.Guest.Messages;
using Berth.Guest.Sessions;
using Berth.Linux.Files;
using Berth.Sftp;

namespace Berth.Agent;

/// <summary>The guest's files over SFTP, as root sees them.</summary>
internal static class Sftp
{
    public static async Task RunAsync(GuestChannel channel)
    {
        await channel.SendControlAsync(new StartedControl(0), channel.Cancelled);
        try
        {
            await new SftpServer(() => RootedDirectory.Open("/")).RunAsync(channel.Input(0), channel.Output(1), channel.Cancelled);
        }
        catch (InvalidDataException e)
        {
            throw new GuestException(GuestErrorKind.BadRequest, e.Message);
        }

        await channel.Output(1).DisposeAsync();
    }
}
