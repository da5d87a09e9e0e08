using System.Data.Common;

namespace Mailstead.Persistence.Databases;

/// <summary>Reads columns the same way from both databases.</summary>
public static class Values
{
    /// <summary>A UUID: 16 octets, big-endian, in SQLite; native in PostgreSQL.</summary>
    public static Guid GetId(this DbDataReader reader, int ordinal) =>
        reader.GetValue(ordinal) is byte[] octets ? new Guid(octets, bigEndian: true) : reader.GetGuid(ordinal);

    public static Guid? GetOptionalId(this DbDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetId(ordinal);

    public static byte[] GetOctets(this DbDataReader reader, int ordinal) => reader.GetFieldValue<byte[]>(ordinal);

    public static byte[]? GetOptionalOctets(this DbDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetOctets(ordinal);

    public static long? GetOptionalInt64(this DbDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetInt64(ordinal);
}
