using System.Text.Json;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Tags;

/// <summary>The tags of organizations.</summary>
internal static class TagTable
{
    private static readonly Statement Put = new(
        """
        INSERT INTO tags (organization_id, key_index, sealed)
        VALUES (@organization_id, @key_index, @sealed)
        ON CONFLICT (organization_id, key_index) DO UPDATE SET sealed = excluded.sealed
        """);

    private static readonly Statement Delete = new("DELETE FROM tags WHERE organization_id = @organization_id AND key_index = @key_index");

    private static readonly Statement All = new("SELECT sealed FROM tags WHERE organization_id = @organization_id");

    public static ValueTask<int> PutAsync(Transaction transaction, DataKey key, Guid organizationId, Tag tag) =>
        transaction.ExecuteAsync(
            Put, organizationId, BlindIndexes.OfTag(key, tag.Key),
            key.Seal(JsonSerializer.SerializeToUtf8Bytes(new[] { tag.Key, tag.Value }), Context(organizationId)));

    public static ValueTask<int> DeleteAsync(Transaction transaction, DataKey key, Guid organizationId, string tagKey) =>
        transaction.ExecuteAsync(Delete, organizationId, BlindIndexes.OfTag(key, tagKey));

    /// <summary>In the order of their keys.</summary>
    public static async ValueTask<List<Tag>> ListAsync(Transaction transaction, DataKey key, Guid organizationId)
    {
        var tags = await transaction.ListAsync(All, reader => Open(key, organizationId, reader.GetOctets(0)), organizationId);
        tags.Sort(static (one, other) => string.CompareOrdinal(one.Key, other.Key));
        return tags;
    }

    private static Tag Open(DataKey key, Guid organizationId, byte[] sealedTag)
    {
        var pair = JsonSerializer.Deserialize<string[]>(key.Open(sealedTag, Context(organizationId)))!;
        return new Tag { Key = pair[0], Value = pair[1] };
    }

    private static byte[] Context(Guid organizationId) => DirectoryKeys.Context("tag", organizationId);
}
