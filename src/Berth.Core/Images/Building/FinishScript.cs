namespace Berth.Core.Images.Building;

/// <summary>What has to be done inside the new root, by its own programs.</summary>
internal static class FinishScript
{
    /// <summary>
    /// Services are switched on as an administrator would. apt's daily timers are switched off: on the first boot of a hundred containers
    /// a hundred of them would start at once. Nobody has a password; «berth exec» needs none.
    /// </summary>
    public const string Text = """
        set -e
        export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
        systemctl enable systemd-networkd.service systemd-resolved.service
        systemctl disable apt-daily.timer apt-daily-upgrade.timer 2>/dev/null || true
        if [ ! -e /boot/initrd.img-* ] 2>/dev/null || [ "$BERTH_REMAKE_INITRD" = yes ]; then update-initramfs -u -k all; fi
        rm -f /etc/hostname /var/lib/dbus/machine-id /etc/apt/apt.conf.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/99mmdebstrap
        rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/cache/debconf/*-old /var/lib/dpkg/*-old
        rm -rf /var/log/*.log /var/log/apt/* /tmp/* /run/* /root/.bash_history
        mkdir -p /var/lib/apt/lists/partial /var/cache/apt/archives/partial
        """;
}
