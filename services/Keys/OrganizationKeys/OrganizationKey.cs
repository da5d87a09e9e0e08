using Mailstead.Keys.CustomerKeys;

namespace Mailstead.Keys.OrganizationKeys;

/// <summary>The key that an organization has for ever.</summary>
/// <param name="IsRevoked">The grant that came with it is no more; another may have been given.</param>
internal sealed record OrganizationKey(CustomerKey Key, string OrganizationArn, bool IsRevoked);
