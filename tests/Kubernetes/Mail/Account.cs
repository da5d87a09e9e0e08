namespace Mailstead.Kubernetes.Mail;

/// <summary>Somebody with a mailbox.</summary>
internal sealed record Account(string Address, string Password);
