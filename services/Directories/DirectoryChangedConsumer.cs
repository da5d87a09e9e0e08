using Mailstead.Contracts.Events;
using MassTransit;

namespace Mailstead.Directories;

/// <summary>Another replica has changed something.</summary>
internal sealed class DirectoryChangedConsumer(RecipientCache recipients) : IConsumer<DirectoryChanged>
{
    public Task Consume(ConsumeContext<DirectoryChanged> context)
    {
        recipients.Clear();
        return Task.CompletedTask;
    }
}
