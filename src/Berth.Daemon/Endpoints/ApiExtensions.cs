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
        "custom_block_volumes",
        "custom_volume_iso",
        "custom_volume_refresh",
        "custom_volume_refresh_exclude_older_snapshots",
        "custom_volume_snapshot_expiry",
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
        "shared_custom_block_volumes",
        "storage",
        "storage_api_local_volume_handling",
        "storage_api_project",
        "storage_api_volume_rename",
        "storage_api_volume_snapshots",
        "storage_btrfs_compression",
        "storage_initial_owner",
        "storage_shifted",
        "storage_unmapped",
        "storage_volume_api_filtering",
        "storage_volume_project_move",
        "storage_volume_state",
        "storage_volume_state_total",
        "storage_volumes_all_projects",
        "storage_volumes_created_at",
        "virtual-machines",
        "berth_image_build",
    ];
}
