using System.Data;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Mailstead.Persistence.Databases;

/// <summary>Opens connections to one SQLite file with the settings that durability and speed need.</summary>
internal static class SqliteConnections
{
    static SqliteConnections()
    {
        // Dapper knows Guid and would write it as text: its own mapping has to go before ours is asked.
        SqlMapper.RemoveTypeMap(typeof(Guid));
        SqlMapper.RemoveTypeMap(typeof(Guid?));
        SqlMapper.AddTypeHandler(new GuidAsOctets());
    }

    public static SqliteConnection Open(string path, bool readOnly)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString());
        connection.Open();
        using var pragmas = connection.CreateCommand();
        // synchronous=FULL: a commit that was answered survives a power cut. secure_delete: what is deleted is overwritten.
        pragmas.CommandText = readOnly
            ? "PRAGMA busy_timeout=30000; PRAGMA mmap_size=268435456; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
            : "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000; PRAGMA foreign_keys=OFF; "
              + "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000; "
              + "PRAGMA journal_size_limit=67108864;";
        pragmas.ExecuteNonQuery();
        return connection;
    }

    private sealed class GuidAsOctets : SqlMapper.TypeHandler<Guid>
    {
        public override Guid Parse(object value) => value is byte[] octets ? new Guid(octets, bigEndian: true) : (Guid)value;

        public override void SetValue(IDbDataParameter parameter, Guid value) =>
            parameter.Value = parameter is SqliteParameter ? value.ToByteArray(bigEndian: true) : value;
    }
}
