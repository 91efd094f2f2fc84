using Berth.Bench;

if (BenchOptions.Parse(args) is not { } options)
{
    Console.WriteLine(BenchOptions.Usage);
    return args is ["--help" or "-h"] ? 0 : 2;
}

if (options.SoakSocket is { } socket)
{
    return await new Soak(socket, options.Clients, TimeSpan.FromSeconds(options.Seconds)).RunAsync() ? 0 : 1;
}

if (options.List is { } containers)
{
    await ListBench.RunAsync(containers, options.Rounds);
    return 0;
}

foreach (var driver in options.Drivers)
{
    await using var bench = await ContainerBench.StartAsync(driver, options);
    Table.Print($"Containers, {driver} pool, median of {options.Rounds}", await bench.RunAsync());
}

if (options.Machines)
{
    await using var bench = await MachineBench.StartAsync(options);
    Table.Print($"Machines, median of {options.MachineRounds}", await bench.RunAsync());
}

return 0;
