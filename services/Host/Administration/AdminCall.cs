using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;

namespace Mailstead.Host.Administration;

/// <summary>What <c>mailstead admin …</c> has to ask for, and how it is to be shown.</summary>
/// <param name="SigningName">The service that the request is signed for.</param>
/// <param name="Target">As the AWS protocols name service and operation.</param>
/// <param name="Organization">An alias in place of an organization's id, or null.</param>
internal sealed record AdminCall(
    MethodDescriptor Operation, string SigningName, string Target, JsonObject Input, string? Organization, bool IsTable, AdminPlace Place);

/// <summary>Where the installation is and who asks.</summary>
/// <param name="Endpoint">Null: as the file of credentials says.</param>
/// <param name="Credentials">Null: of the data directory, or of the environment as for the AWS tools.</param>
internal sealed record AdminPlace(string? Endpoint, string? Credentials, string Data);
