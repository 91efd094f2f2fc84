using Berth.Agent;

return args switch
{
    ["--version"] => Version(),
    [RunAs.Verb, .. var rest] => RunAs.Execute(rest),
    [] => await Service.RunAsync(),
    _ => Usage(),
};

static int Version()
{
    Console.WriteLine(Product.Version);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("berth-agent serves the host of the virtual machine that it runs in. It takes no arguments but --version.");
    return 2;
}
