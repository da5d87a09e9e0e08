using Mailstead.Contracts.Events;
using MassTransit;

namespace Mailstead.Submission;

/// <summary>A user was disabled or has another password: their sessions end.</summary>
internal sealed class UserAccessChangedConsumer(SubmissionHandler handler) : IConsumer<UserAccessChanged>
{
    public Task Consume(ConsumeContext<UserAccessChanged> context)
    {
        handler.Recheck(context.Message.UserId.ToString());
        return Task.CompletedTask;
    }
}
