namespace Berth.Storage.Tests;

public sealed class DirOnExt4Tests(Ext4Fixture fixture) : PoolConformance(fixture), IClassFixture<Ext4Fixture>;

public sealed class DirOnXfsTests(XfsFixture fixture) : PoolConformance(fixture), IClassFixture<XfsFixture>;

public sealed class BtrfsTests(BtrfsFixture fixture) : PoolConformance(fixture), IClassFixture<BtrfsFixture>;
