using Mailstead.Contracts.Keys.V1;

namespace Mailstead.Keys.DataKeys;

/// <summary>Which data key is meant. What a purpose has no use for is the nil UUID.</summary>
internal readonly record struct DataKeyReference(KeyPurpose Purpose, Guid OrganizationId, Guid SubjectId)
{
    /// <summary>Null when an id that the purpose needs is missing, or one is given that it has no use for.</summary>
    public static DataKeyReference? TryCreate(KeyPurpose purpose, string organizationId, string subjectId)
    {
        var (needsOrganization, needsSubject) = purpose switch
        {
            KeyPurpose.Mailbox => (true, true),
            KeyPurpose.Transport or KeyPurpose.Directory => (true, false),
            KeyPurpose.Installation => (false, false),
            _ => (true, true),
        };
        if (purpose == KeyPurpose.Unspecified || !Enum.IsDefined(purpose))
            return null;
        if (!TryRead(organizationId, needsOrganization, out var organization) || !TryRead(subjectId, needsSubject, out var subject))
            return null;
        return new(purpose, organization, subject);
    }

    private static bool TryRead(string text, bool isNeeded, out Guid id)
    {
        id = Guid.Empty;
        if (!isNeeded)
            return text.Length == 0 || (Guid.TryParseExact(text, "D", out var nil) && nil == Guid.Empty);
        return Guid.TryParseExact(text, "D", out id) && id != Guid.Empty;
    }
}
