using Berth.Daemon.Host;
using Microsoft.Extensions.Time.Testing;

namespace Berth.Daemon.Tests.Host;

public sealed class IdleTimerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly IdleTimer _timer;
    private int _calls;

    public IdleTimerTests() => _timer = new(_time, () => _calls++);

    public void Dispose() => _timer.Dispose();

    [Fact]
    public void Nothing_is_called_while_nobody_does_anything()
    {
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _calls);
    }

    [Fact]
    public void It_is_called_once_when_the_last_of_many_is_over()
    {
        for (var i = 0; i < 100; i++)
        {
            _timer.Note();
            _time.Advance(IdleTimer.Quiet / 2);
        }

        Assert.Equal(0, _calls);
        _time.Advance(IdleTimer.Quiet / 2);
        Assert.Equal(1, _calls);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, _calls);
    }

    [Fact]
    public void A_client_that_asks_again_and_again_does_not_have_it_called_each_time()
    {
        var step = IdleTimer.Quiet * 1.5;
        var asked = 0;
        for (var passed = TimeSpan.Zero; passed < 10 * IdleTimer.Least; passed += step, asked++)
        {
            _timer.Note();
            _time.Advance(step);
        }

        Assert.InRange(_calls, 8, 11);
        Assert.True(asked > 5 * _calls);
    }
}
