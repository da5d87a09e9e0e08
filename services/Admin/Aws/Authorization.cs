using Google.Protobuf;
using Google.Protobuf.Collections;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Aws;

/// <summary>Asks whether a caller's policies allow an operation, and says what it is about.</summary>
internal sealed class Authorization(
    DirectoriesApi.DirectoriesApiClient directories, DeliveryApi.DeliveryApiClient delivery, KeyCallers keyCallers, InstallationOptions installation)
{
    private static readonly string[] IamResources = ["role", "group", "user", "policy"];

    /// <summary>Of keys nothing is asked here: the key service does that.</summary>
    /// <exception cref="AwsErrorException">AccessDeniedException.</exception>
    public async Task RequireAsync(
        Caller caller, AdminOperation operation, IMessage message, HttpRequest request, CancellationToken cancellationToken)
    {
        if (operation.SigningName == "kms")
            return;
        if (!caller.IsAdministrator)
            await RequireAllowedAsync(caller, operation, message, request, cancellationToken);
        if (message is CreateOrganizationRequest { HasKmsKeyArn: true } creation)
            await keyCallers.RequireGrantingAsync(caller, request, creation.KmsKeyArn, cancellationToken);
    }

    private async Task RequireAllowedAsync(
        Caller caller, AdminOperation operation, IMessage message, HttpRequest request, CancellationToken cancellationToken)
    {
        var resource = operation.Service == "workmailmessageflow" ? await MessageResourceAsync(message, cancellationToken) : ResourceOf(operation, message);
        var question = new AuthorizeRequest { IdentityId = caller.IdentityId, Action = operation.Action, Resource = resource };
        Add(question, "aws:SourceIp", request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "");
        Add(question, "aws:UserAgent", request.Headers.UserAgent.ToString());
        Add(question, "aws:SecureTransport", request.IsHttps ? "true" : "false");
        Add(question, "aws:RequestedRegion", installation.Region);
        AddRequested(question, message);
        if (!(await directories.AuthorizeAsync(question, cancellationToken: cancellationToken)).Allowed)
        {
            throw new AwsErrorException(new AwsError(
                "AccessDeniedException", $"User: {caller.Arn} is not authorized to perform: {operation.Action} on resource: {resource}"));
        }
    }

    /// <summary>The ARN of what an operation is about; <c>*</c>: of nothing that there is.</summary>
    private string ResourceOf(AdminOperation operation, IMessage message)
    {
        if (operation.Service == "iam")
            return IamResourceOf(message);
        return TextOf(message, "resource_arn")
            ?? (TextOf(message, "organization_id") is { } organization
                ? $"arn:aws:workmail:{installation.Region}:{installation.AccountId}:organization/{organization}"
                : "*");
    }

    /// <summary>Of a message that is not there the ARN names nobody.</summary>
    private async Task<string> MessageResourceAsync(IMessage message, CancellationToken cancellationToken)
    {
        var id = TextOf(message, "message_id") ?? "";
        var found = await delivery.FindTransitMessageAsync(new FindTransitMessageRequest { MessageId = id }, cancellationToken: cancellationToken);
        var organization = Guid.TryParse(found.OrganizationId, out var organizationId) ? "m-" + organizationId.ToString("N") : "none";
        var direction = found.Direction == Direction.Outbound ? "outgoing" : "incoming";
        return $"arn:aws:workmailmessageflow:{installation.Region}:{installation.AccountId}:message/{organization}/{direction}/{id}";
    }

    private string IamResourceOf(IMessage message)
    {
        // What is done to a user with a policy is about the user.
        var kind = Array.Find(IamResources, one => TextOf(message, one + "_name") is not null);
        return kind is null
            ? TextOf(message, "policy_arn") ?? "*"
            : $"arn:aws:iam::{installation.AccountId}:{kind}{TextOf(message, "path") ?? "/"}{TextOf(message, kind + "_name")}";
    }

    /// <summary>What the request itself says that policies can ask for.</summary>
    private static void AddRequested(AuthorizeRequest question, IMessage message)
    {
        if (TextOf(message, "impersonation_role_id") is { } role)
            Add(question, "workmail:ImpersonationRoleId", role);
        if (message is TagResourceRequest { Tags: var tags })
        {
            foreach (var tag in tags)
                Add(question, $"aws:RequestTag/{tag.Key}", tag.Value);
            Add(question, "aws:TagKeys", [.. tags.Select(tag => tag.Key)]);
        }
        else if (message is UntagResourceRequest { TagKeys: var keys })
        {
            Add(question, "aws:TagKeys", [.. keys]);
        }
    }

    private static void Add(AuthorizeRequest question, string key, params RepeatedField<string> values) =>
        question.Context.Add(new ConditionValues { Key = key, Values = { values } });

    private static string? TextOf(IMessage message, string field) =>
        message.Descriptor.FindFieldByName(field) is { FieldType: Google.Protobuf.Reflection.FieldType.String, IsRepeated: false } found && found.Accessor.HasValue(message)
            ? (string)found.Accessor.GetValue(message)
            : null;
}
