using System.Net;
using Google.Protobuf.Collections;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Policies;

namespace Mailstead.Directories.AccessControl;

/// <summary>Somebody wants in: a user, or a program in an impersonation role; by a protocol, from an address.</summary>
/// <param name="Action">One of <see cref="Actions"/>.</param>
/// <param name="UserId">Null: a role, or a user whom nobody knows.</param>
internal sealed record AccessAttempt(IPAddress Address, string Action, string? UserId, string? ImpersonationRoleId)
{
    /// <summary>Protocols as rules name them.</summary>
    public static readonly IReadOnlyList<string> Actions = ["ActiveSync", "AutoDiscover", "EWS", "IMAP", "SMTP", "WebMail", "WindowsOutlook"];

    public static string ActionOf(ClientProtocol protocol) => protocol switch
    {
        ClientProtocol.Imap => "IMAP",
        ClientProtocol.Smtp => "SMTP",
        ClientProtocol.Ews => "EWS",
        _ => protocol.ToString(),
    };

    public Verdict<AccessControlRule> Judge(IEnumerable<AccessControlRule> rules) => Verdict.Of(rules, Matches, rule => rule.Effect);

    /// <summary>Every condition that a rule has must be met; one that names nothing is none.</summary>
    private bool Matches(AccessControlRule rule)
    {
        var address = Address.IsIPv4MappedToIPv6 ? Address.MapToIPv4() : Address;
        return Meets(rule.IpRanges, rule.NotIpRanges, network => Cidr.TryParse(network, out var parsed) && parsed.Contains(address))
            && Meets(rule.Actions, rule.NotActions, action => action == Action)
            && Meets(rule.UserIds, rule.NotUserIds, user => user == UserId)
            && Meets(rule.ImpersonationRoleIds, rule.NotImpersonationRoleIds, role => role == ImpersonationRoleId);
    }

    private static bool Meets(RepeatedField<string> wanted, RepeatedField<string> unwanted, Predicate<string> isIt) =>
        (wanted.Count == 0 || wanted.Any(one => isIt(one))) && !unwanted.Any(one => isIt(one));
}
