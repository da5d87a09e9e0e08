namespace Mailstead.Host.Backups;

/// <summary>What <c>mailstead backup …</c> is asked for.</summary>
internal enum BackupAction
{
    Take,
    List,
    Verify,
    Prune,
    Restore,
    Finish,
    RestoreMailbox,
}

/// <summary>One such command.</summary>
/// <param name="Data">The data directory, when it was named.</param>
/// <param name="Folder">Of the series of backups.</param>
internal sealed record BackupCommand(BackupAction Action, string? Data, string Folder)
{
    /// <summary>The newest backup of this time or before is meant; null: the newest.</summary>
    public DateTimeOffset? At { get; init; }

    public int? KeepLast { get; init; }

    public int? KeepDays { get; init; }

    /// <summary>As the API names it: <c>m-…</c>.</summary>
    public string Organization { get; init; } = "";

    /// <summary>As the API names it, which is what its mailbox is called.</summary>
    public string User { get; init; } = "";

    /// <summary>This folder and those inside it, levels separated by <c>/</c>; empty: all.</summary>
    public string MailFolder { get; init; } = "";

    public bool InPlace { get; init; }

    /// <summary>The folder that restored ones come into; empty: one that is called by the backup's date.</summary>
    public string Into { get; init; } = "";
}
