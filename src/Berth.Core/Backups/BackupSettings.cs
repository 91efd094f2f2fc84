using Berth.Core.Images.Archives;
using Berth.Core.Projects;
using Berth.Core.Server;

namespace Berth.Core.Backups;

/// <summary>The keys for backups of the server and of projects, and their values at the moment of asking.</summary>
public sealed class BackupSettings
{
    private const string CompressionKey = "backups.compression_algorithm";

    private readonly ServerConfig _config;
    private readonly ProjectService _projects;

    /// <summary>Makes the keys known.</summary>
    public BackupSettings(ServerConfig config, ProjectService projects)
    {
        (_config, _projects) = (config, projects);
        // As small as gzip's and several times faster; Incus reads it.
        config.Register(new(CompressionKey, "What backups are compressed with") { Default = "zstd", Check = Compressor.WhyNot });
    }

    /// <param name="wanted">What the client asks for; empty for what its project says, or the server.</param>
    /// <exception cref="BerthException">BadRequest or Unsupported: see <see cref="Compressor.Parse"/>.</exception>
    public Compressor Compression(string project, string wanted) =>
        Compressor.Parse(wanted.Length > 0 ? wanted : _projects.Setting(project, CompressionKey) ?? _config.Get(CompressionKey));
}
