namespace Mailstead.Admin.Aws;

/// <summary>Who has signed a request.</summary>
/// <param name="Service">The service that the signature is for: <c>workmail</c>, <c>iam</c> …</param>
/// <param name="IdentityId">For asking what its policies allow.</param>
internal sealed record Caller(
    string Service, string AccessKeyId, string AccountId, string Arn, string PrincipalId, string UserName, string IdentityId, bool IsAdministrator);
