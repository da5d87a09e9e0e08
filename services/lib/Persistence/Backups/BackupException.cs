namespace Mailstead.Persistence.Backups;

/// <summary>A backup or a restore can't be done, or a backup is damaged: the message says what an operator can do about it.</summary>
public sealed class BackupException : Exception
{
    public BackupException(string message)
        : base(message)
    {
    }

    public BackupException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
