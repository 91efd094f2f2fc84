using Berth.Core.Instances.Templates;

namespace Berth.Core.Tests.Instances;

public sealed class TemplateTests
{
    private static readonly SortedDictionary<string, object?> _variables = new(StringComparer.Ordinal)
    {
        ["instance"] = new SortedDictionary<string, object?>(StringComparer.Ordinal) { ["name"] = "web1", ["privileged"] = "false" },
        ["properties"] = new SortedDictionary<string, object?>(StringComparer.Ordinal) { ["b"] = "2", ["a"] = "1" },
        ["path"] = "/etc/hostname",
    };

    private static string Render(string text) => Template.Render(text, _variables, key => key == "user.role" ? "db\n" : null);

    [Theory]
    [InlineData("plain { text }", "plain { text }")]
    [InlineData("{{ instance.name }}\n", "web1\n")]
    [InlineData("{{instance.missing|default:\"x\"}}", "x")]
    [InlineData("{{ config_get(\"user.role\", \"none\") }}-{{ config_get(\"user.other\", \"none\") }}", "db-none")]
    [InlineData("{% if instance.privileged == \"true\" %}p{% elif path == \"/x\" %}x{% else %}u{% endif %}", "u")]
    [InlineData("{% if not instance.missing and \"web\" in instance.name %}yes{% endif %}", "yes")]
    [InlineData("{% for k, v in properties %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;")]
    [InlineData("{# nothing {{ #}{{ instance.name|upper|cut:\"1\" }}", "WEB")]
    [InlineData("{% if config_get(\"user.role\", \"\") %}{% for k in properties %}{{ k }}{% endfor %}{% endif %}", "ab")]
    public void What_images_use_is_filled_in(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("{% include \"x\" %}", "include")]
    [InlineData("line\n{{ instance.name|pluralize }}", "line 2")]
    [InlineData("{{ instance.name", "without }}")]
    [InlineData("{% if instance.name %}", "endif")]
    [InlineData("{% endfor %}", "without its beginning")]
    [InlineData("{{ properties }}", "cannot be printed")]
    [InlineData("{{ }}", "not an expression")]
    [InlineData("{{ a ; b }}", "not supported")]
    [InlineData("{{ now() }}", "config_get")]
    public void What_is_not_supported_is_an_error_that_names_it(string template, string says) =>
        Assert.Contains(says, Assert.Throws<TemplateException>(() => Render(template)).Message, StringComparison.Ordinal);

    [Fact]
    public void Loops_in_loops_end_with_an_error_and_not_with_the_memory()
    {
        var bomb = string.Concat(Enumerable.Repeat("{% for k in properties %}", 30)) + "xxxxxxxx" + string.Concat(Enumerable.Repeat("{% endfor %}", 30));
        Assert.Throws<TemplateException>(() => Render(bomb));
        Assert.Throws<TemplateException>(() => Render(string.Concat(Enumerable.Repeat("{% if 1 %}", 5000))));
        Assert.Throws<TemplateException>(() => Render("{{ " + new string('(', 100_000) + " }}"));
    }
}
