using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Users;

/// <summary>Changes of users' access that have been made and not been told.</summary>
internal static class AccessChanges
{
    /// <summary>In place of a user: all of the organization.</summary>
    public static readonly Guid Everybody = Guid.Empty;

    private static readonly Statement Put = new(
        """
        INSERT INTO access_changes (organization_id, user_id, changed_at)
        VALUES (@organization_id, @user_id, @changed_at)
        ON CONFLICT (organization_id, user_id) DO UPDATE SET changed_at = excluded.changed_at
        """);

    /// <summary>A later change of the same user is another one.</summary>
    private static readonly Statement Delete = new(
        "DELETE FROM access_changes WHERE organization_id = @organization_id AND user_id = @user_id AND changed_at <= @changed_at");

    private static readonly Statement Untold = Statement.AcrossTenants(
        "SELECT organization_id, user_id, changed_at FROM access_changes WHERE changed_at <= @before LIMIT 1000");

    /// <summary>In the transaction that makes the change.</summary>
    public static ValueTask<int> AddAsync(Transaction transaction, Guid organizationId, Guid userId, long now) =>
        transaction.ExecuteAsync(Put, organizationId, userId, now);

    public static ValueTask<int> RemoveAsync(Transaction transaction, Guid organizationId, Guid userId, long changedAt) =>
        transaction.ExecuteAsync(Delete, organizationId, userId, changedAt);

    public static ValueTask<List<(Guid OrganizationId, Guid UserId, long ChangedAt)>> ListAsync(Transaction transaction, DateTimeOffset before) =>
        transaction.ListAsync(Untold, reader => (reader.GetId(0), reader.GetId(1), reader.GetInt64(2)), before.ToUnixTimeMilliseconds());
}
