using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;

namespace Mailstead.Directories.AccessControl;

/// <summary>An organization's access control rules: until one is changed, everybody may do everything from everywhere.</summary>
internal static class AccessRules
{
    public static readonly Setting<ListAccessControlRulesResponse> Setting =
        new(SettingKind.AccessControlRules, ListAccessControlRulesResponse.Parser, CreateInitial);

    private static ListAccessControlRulesResponse CreateInitial(Organization organization)
    {
        var created = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(organization.CompletedAt ?? 0));
        return new ListAccessControlRulesResponse
        {
            Rules =
            {
                new AccessControlRule
                {
                    Name = "Default",
                    Effect = AccessEffect.Types.Value.Allow,
                    Description = "Everybody, by any protocol, from anywhere",
                    DateCreated = created,
                    DateModified = created,
                },
            },
        };
    }
}
