namespace Mailstead.EndToEnd.MailFlow;

/// <summary>One where mail expires within seconds.</summary>
public sealed class ImpatientWorld() : OutsideWorld("00:00:06", "00:00:02");
