using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.AccessControl;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;

namespace Mailstead.Directories.MobileDevices;

/// <summary>An organization's mobile device access rules: until one is changed, every device may synchronize.</summary>
internal static class DeviceRules
{
    /// <summary>Matches what a device did not tell.</summary>
    private const string Unreported = "$NONE";

    public static readonly Setting<ListMobileDeviceAccessRulesResponse> Setting =
        new(SettingKind.MobileDeviceAccessRules, ListMobileDeviceAccessRulesResponse.Parser, CreateInitial);

    /// <param name="device">What is not set was not told.</param>
    public static Verdict<MobileDeviceAccessRule> Judge(IEnumerable<MobileDeviceAccessRule> rules, GetMobileDeviceAccessEffectRequest device)
    {
        var type = device.HasDeviceType ? device.DeviceType : null;
        var model = device.HasDeviceModel ? device.DeviceModel : null;
        var system = device.HasDeviceOperatingSystem ? device.DeviceOperatingSystem : null;
        var agent = device.HasDeviceUserAgent ? device.DeviceUserAgent : null;
        return Verdict.Of(
            rules,
            rule => Meets(type, rule.DeviceTypes, rule.NotDeviceTypes) && Meets(model, rule.DeviceModels, rule.NotDeviceModels)
                && Meets(system, rule.DeviceOperatingSystems, rule.NotDeviceOperatingSystems)
                && Meets(agent, rule.DeviceUserAgents, rule.NotDeviceUserAgents),
            rule => rule.Effect);
    }

    /// <summary>By how values begin, in any case. A negative condition is not met by what was not told.</summary>
    private static bool Meets(string? value, RepeatedField<string> wanted, RepeatedField<string> unwanted) =>
        (wanted.Count == 0 || wanted.Any(prefix => IsIt(value, prefix)))
        && (unwanted.Count == 0 || (value is not null && !unwanted.Any(prefix => IsIt(value, prefix))));

    private static bool IsIt(string? value, string prefix) =>
        value is null ? prefix == Unreported : value.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    private static ListMobileDeviceAccessRulesResponse CreateInitial(Organization organization)
    {
        var created = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(organization.CompletedAt ?? 0));
        return new ListMobileDeviceAccessRulesResponse
        {
            Rules =
            {
                new MobileDeviceAccessRule
                {
                    MobileDeviceAccessRuleId = organization.OrganizationId.ToString(),
                    Name = "Default",
                    Effect = AccessEffect.Types.Value.Allow,
                    Description = "Every device",
                    DateCreated = created,
                    DateModified = created,
                },
            },
        };
    }
}
