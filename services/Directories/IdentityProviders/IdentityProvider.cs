using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Settings;
using Mode = Mailstead.Contracts.Admin.V1.IdentityProviderAuthenticationMode.Types.Value;
using Status = Mailstead.Contracts.Admin.V1.PersonalAccessTokenConfigurationStatus.Types.Value;

namespace Mailstead.Directories.IdentityProviders;

/// <summary>How an organization's users sign in: with the directory's passwords alone, until it says otherwise.</summary>
internal static class IdentityProvider
{
    private const int LifetimeDefaultDays = 365;

    public static readonly Setting<DescribeIdentityProviderConfigurationResponse> Setting = new(
        SettingKind.IdentityProvider, DescribeIdentityProviderConfigurationResponse.Parser, _ => new DescribeIdentityProviderConfigurationResponse());

    public static bool TakesPasswords(DescribeIdentityProviderConfigurationResponse configuration) =>
        configuration.AuthenticationMode != Mode.IdentityProviderOnly;

    public static bool TakesTokens(DescribeIdentityProviderConfigurationResponse configuration) =>
        configuration.PersonalAccessTokenConfiguration is { Status: Status.Active };

    public static TimeSpan LifetimeOfTokens(DescribeIdentityProviderConfigurationResponse configuration) =>
        TimeSpan.FromDays(configuration.PersonalAccessTokenConfiguration is { HasLifetimeInDays: true } tokens ? tokens.LifetimeInDays : LifetimeDefaultDays);
}
