using Mailstead.Contracts.Events;
using MassTransit;

namespace Mailstead.Submission;

/// <summary>What users may do has changed: their sessions are asked for again.</summary>
internal sealed class AccessChangedConsumer(SubmissionHandler handler) : IConsumer<UserAccessChanged>, IConsumer<OrganizationAccessChanged>
{
    public Task Consume(ConsumeContext<UserAccessChanged> context)
    {
        var user = context.Message.UserId.ToString();
        return handler.RecheckAsync(principal => principal.UserId == user, context.CancellationToken);
    }

    public Task Consume(ConsumeContext<OrganizationAccessChanged> context)
    {
        var organization = context.Message.OrganizationId.ToString();
        return handler.RecheckAsync(principal => principal.OrganizationId == organization, context.CancellationToken);
    }
}
