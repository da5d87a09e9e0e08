namespace Mailstead.EndToEnd.MailFlow;

/// <summary>One where mail does not expire while a test waits.</summary>
public sealed class PatientWorld() : OutsideWorld("00:05:00", "00:04:00");
