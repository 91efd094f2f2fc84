namespace Berth.Core.Networks.Dhcp;

/// <summary>The <c>dhcp-hostsdir</c> of a network: new files are read by dnsmasq as they appear.</summary>
internal sealed class DhcpHosts(DnsmasqFiles files)
{
    /// <summary>Writes a NIC's file.</summary>
    /// <returns>True when it replaced another content: dnsmasq forgets that on SIGHUP only.</returns>
    public bool Write(DhcpHost host)
    {
        var path = Path.Combine(files.Hosts, host.FileName);
        var line = host.ToLine();
        var old = File.Exists(path) ? File.ReadAllText(path) : null;
        if (old == line)
        {
            return false;
        }

        // Complete before it has its name: dnsmasq reads on IN_CLOSE_WRITE and IN_MOVED_TO. It skips names that begin with a dot.
        var temporary = Path.Combine(files.Hosts, $".{host.FileName}");
        File.WriteAllText(temporary, line);
        File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.Move(temporary, path, overwrite: true);
        return old is not null;
    }

    /// <summary>Removes the files of an instance's NICs and returns what they said.</summary>
    public IReadOnlyList<DhcpHost> RemoveAll(string instanceKey)
    {
        var hosts = Read(DhcpHost.FilesOf(instanceKey));
        foreach (var host in hosts)
        {
            File.Delete(Path.Combine(files.Hosts, host.FileName));
        }

        return hosts;
    }

    public IReadOnlyList<DhcpHost> All() => Read("*");

    private List<DhcpHost> Read(string pattern)
    {
        var hosts = new List<DhcpHost>();
        if (!Directory.Exists(files.Hosts))
        {
            return hosts;
        }

        foreach (var path in Directory.EnumerateFiles(files.Hosts, pattern))
        {
            if (!Path.GetFileName(path).StartsWith('.') && ReadIfThere(path) is { } line && DhcpHost.Parse(Path.GetFileName(path), line) is { } host)
            {
                hosts.Add(host);
            }
        }

        return hosts;
    }

    /// <summary>Null when the file went away meanwhile: an instance was deleted.</summary>
    private static string? ReadIfThere(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
