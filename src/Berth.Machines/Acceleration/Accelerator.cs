namespace Berth.Machines.Acceleration;

/// <summary>What runs a machine's CPUs.</summary>
/// <param name="Kvm">KVM; else TCG, QEMU's translator, several times slower.</param>
/// <param name="Reason">Why it is this one, for the state that a user sees.</param>
public sealed record Accelerator(bool Kvm, string Reason)
{
    public string Name => Kvm ? "kvm" : "tcg";
}
