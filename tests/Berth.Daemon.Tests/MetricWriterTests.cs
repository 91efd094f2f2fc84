using System.Text;
using Berth.Daemon.Metrics;

namespace Berth.Daemon.Tests;

public sealed class MetricWriterTests
{
    [Fact]
    public void Samples_of_a_metric_stand_together_under_one_head_and_labels_are_escaped()
    {
        var metrics = new MetricWriter();
        metrics.Gauge("incus_b", "B.", "", 1);
        metrics.Counter("incus_a_total", "A.", MetricWriter.Labels(("name", "a\"b\\c\nd")), 0.5);
        metrics.Gauge("incus_b", "B.", MetricWriter.Labels(("x", "1"), ("y", "2")), 1e20);
        Assert.Equal(
            "# HELP incus_a_total A.\n# TYPE incus_a_total counter\nincus_a_total{name=\"a\\\"b\\\\c\\nd\"} 0.5\n"
            + "# HELP incus_b B.\n# TYPE incus_b gauge\nincus_b 1\nincus_b{x=\"1\",y=\"2\"} 1E+20\n# EOF\n",
            Encoding.UTF8.GetString(metrics.ToBytes()));
    }
}
