using System.Collections.Immutable;

namespace Berth.Daemon.Endpoints;

/// <summary>The API extensions that are served: announced only what works.</summary>
internal static class ApiExtensions
{
    public static readonly ImmutableArray<string> All =
    [
        "api_filtering",
        "container_exec_recording",
        "container_exec_signal_handling",
        "container_exec_user_group_cwd",
        "container_full",
        "directory_manipulation",
        "etag",
        "event_lifecycle",
        "event_project",
        "file_append",
        "file_delete",
        "file_get_symlink",
        "file_symlinks",
        "image_types",
        "instance_create_start",
        "instances",
        "network",
        "network_leases",
        "network_state",
        "operation_description",
        "operation_wait",
        "patch",
        "profile_usedby",
        "projects",
        "resources_pool",
        "storage",
        "virtual-machines",
        "berth_image_build",
    ];
}
