namespace Mailstead.Stores.Harness;

/// <summary>What a test runs on.</summary>
public enum DatabaseKind
{
    Sqlite,
    PostgreSql,
}
