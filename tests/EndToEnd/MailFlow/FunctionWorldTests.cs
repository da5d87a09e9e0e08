namespace Mailstead.EndToEnd.MailFlow;

/// <summary>What has functions shares one world: a second one would take half a minute to come up.</summary>
[CollectionDefinition(Name)]
public sealed class FunctionWorldTests : ICollectionFixture<FunctionWorld>
{
    internal const string Name = "functions";
}
