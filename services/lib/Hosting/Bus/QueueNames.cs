namespace Mailstead.Hosting.Bus;

/// <summary>The queues of the broker.</summary>
internal static class QueueNames
{
    /// <summary>Work for whichever process of the role takes it.</summary>
    public static string OfRole(string role) => "mailstead-" + role;

    /// <summary>What a process of the role could not do, after all attempts.</summary>
    public static string OfDeadLetters(string role) => OfRole(role) + "_error";

    /// <summary>What every process must hear of.</summary>
    public static string OfInstance(Guid instance) => $"mailstead-instance-{instance:N}";
}
