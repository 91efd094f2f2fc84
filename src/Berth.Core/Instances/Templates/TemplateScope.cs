namespace Berth.Core.Instances.Templates;

/// <summary>The variables of a template: the given ones, and those of the loops around.</summary>
internal sealed class TemplateScope(SortedDictionary<string, object?> variables, Func<string, string?> config)
{
    private const int MostText = 1 << 20;
    private const int MostSteps = 100_000;
    private readonly System.Text.StringBuilder _output = new();
    private readonly Stack<(string Name, object? Value)> _loops = new();
    private int _steps;

    public string Output => _output.ToString();

    /// <summary>A key of the instance's configuration; null where it is not set.</summary>
    public string? Config(string key) => config(key)?.TrimEnd('\r', '\n');

    public object? Find(string name)
    {
        foreach (var (loop, value) in _loops)
        {
            if (loop == name)
            {
                return value;
            }
        }

        return variables.GetValueOrDefault(name);
    }

    public void Push(string name, object? value) => _loops.Push((name, value));

    public void Pop() => _loops.Pop();

    /// <exception cref="TemplateException">Loops in loops have come to too much.</exception>
    public void Write(string text)
    {
        if (_output.Length + text.Length > MostText || ++_steps > MostSteps)
        {
            throw new TemplateException($"it gives more than {MostText} characters, or takes more than {MostSteps} steps");
        }

        _output.Append(text);
    }

    public void Step() => Write("");
}
