using Mailstead.Persistence.Backups;

namespace Mailstead.Delivery.Spool;

/// <summary>What a backup must know of the spool and the outbound queue.</summary>
internal static class DeliveryTables
{
    /// <summary>Whoever held a lease is gone. A delivery that was made in the meantime recognises its repetition.</summary>
    public static readonly BackedUpSchema Backup = new("delivery", typeof(DeliveryModule).Assembly)
    {
        BodyLocations = ["SELECT body_location FROM spool", "SELECT body_location FROM outbound", "SELECT body_location FROM transit"],
        AfterRestore =
        [
            "UPDATE spool SET lease_owner = NULL, lease_until = 0",
            "UPDATE outbound SET lease_owner = NULL, lease_until = 0",
        ],
    };
}
