using Mailstead.Contracts.Events;
using MassTransit;

namespace Mailstead.Imap;

/// <summary>A user was disabled or has another password: their sessions end.</summary>
internal sealed class UserAccessChangedConsumer(ImapHandler handler) : IConsumer<UserAccessChanged>
{
    public Task Consume(ConsumeContext<UserAccessChanged> context)
    {
        handler.Recheck(context.Message.UserId.ToString());
        return Task.CompletedTask;
    }
}
