using System.Data.Common;

namespace Mailstead.Persistence.Databases;

/// <summary>Of several hosts none is a primary now: the last one has gone and no standby has taken over yet. It passes.</summary>
internal sealed class NoPrimaryException(DbException cause) : DbException("No host of Database:PostgreSql is a primary now", cause)
{
    public override bool IsTransient => true;
}
