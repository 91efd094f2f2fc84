using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.Api.Tests;

public sealed class WireFormTests
{
    [Fact]
    public void A_field_that_is_absent_keeps_its_default()
    {
        var instance = JsonSerializer.Deserialize("""{"name":"c1"}""", BerthJson.Default.Instance)!;
        Assert.Equal("c1", instance.Name);
        Assert.Equal("", instance.Description);
        Assert.Empty(instance.Config);
        Assert.Empty(instance.ExpandedDevices);
        Assert.Empty(instance.Profiles);
    }

    [Fact]
    public void A_null_that_a_client_sends_becomes_the_empty_value()
    {
        var post = JsonSerializer.Deserialize(
            """{"name":null,"config":null,"devices":null,"profiles":null,"source":null}""", BerthJson.Default.InstancesPost)!;
        Assert.Equal("", post.Name);
        Assert.Empty(post.Config);
        Assert.Empty(post.Devices);
        Assert.Equal("", post.Source.Type);
        Assert.Null(post.Profiles);
    }

    [Fact]
    public void No_profiles_differs_from_the_default_profile()
    {
        var post = JsonSerializer.Deserialize("""{"profiles":[]}""", BerthJson.Default.InstancesPost)!;
        Assert.NotNull(post.Profiles);
        Assert.Empty(post.Profiles);
    }

    [Fact]
    public void Names_on_the_wire_are_those_of_the_api()
    {
        var exec = Node(JsonSerializer.Serialize(new InstanceExecPost { WaitForWebsocket = true, RecordOutput = true }, BerthJson.Default.InstanceExecPost));
        Assert.True(exec["wait-for-websocket"]!.GetValue<bool>());
        Assert.True(exec["record-output"]!.GetValue<bool>());

        var server = Node(JsonSerializer.Serialize(new Server { ApiExtensions = ["a"] }, BerthJson.Default.Server));
        Assert.Equal("a", server["api_extensions"]![0]!.GetValue<string>());
        Assert.Equal("", server["environment"]!["os_name"]!.GetValue<string>());

        var driver = Node(JsonSerializer.Serialize(new ServerStorageDriverInfo { Name = "dir" }, BerthJson.Default.ServerStorageDriverInfo));
        Assert.Equal("dir", driver["Name"]!.GetValue<string>());

        var source = Node(JsonSerializer.Serialize(new InstanceSource { BaseImage = "f" }, BerthJson.Default.InstanceSource));
        Assert.Equal("f", source["base-image"]!.GetValue<string>());

        var snapshot = Node(JsonSerializer.Serialize(new InstanceState { Cpu = new() { AllocatedTime = 5 } }, BerthJson.Default.InstanceState));
        Assert.Equal(5, snapshot["cpu"]!["allocated_time"]!.GetValue<long>());
    }

    [Fact]
    public void Empty_collections_are_written_and_omitted_fields_are_not()
    {
        var node = Node(JsonSerializer.Serialize(new Instance { Name = "c1" }, BerthJson.Default.Instance));
        Assert.Equal("{}", node["config"]!.ToJsonString());
        Assert.Equal("[]", node["profiles"]!.ToJsonString());
        Assert.False(node.ContainsKey("restore"));
        Assert.Equal(0, node["status_code"]!.GetValue<int>());
    }

    [Fact]
    public void Status_codes_are_numbers_with_the_words_of_the_api()
    {
        var node = Node(JsonSerializer.Serialize(new Operation { StatusCode = StatusCode.Running }, BerthJson.Default.Operation));
        Assert.Equal(103, node["status_code"]!.GetValue<int>());
        Assert.Equal("Operation created", StatusCode.OperationCreated.Text());
        Assert.Equal("Running", StatusCode.Running.Text());
        Assert.True(StatusCode.Cancelled.IsFinal());
        Assert.False(StatusCode.Error.IsFinal());
    }

    [Fact]
    public void The_zero_time_of_the_api_is_read_and_written()
    {
        var instance = JsonSerializer.Deserialize("""{"created_at":"0001-01-01T00:00:00Z"}""", BerthJson.Default.Instance)!;
        Assert.Equal(default, instance.CreatedAt);
        var nanos = JsonSerializer.Deserialize("""{"created_at":"2026-11-22T20:10:00.123456789Z"}""", BerthJson.Default.Instance)!;
        Assert.Equal(2026, nanos.CreatedAt.Year);
    }

    private static JsonObject Node(string json) => (JsonObject)JsonNode.Parse(json)!;
}
