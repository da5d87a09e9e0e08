namespace Mailstead.Host.Administration.Configuration;

/// <summary>Users, groups and resources, as files call them and as the API does.</summary>
/// <param name="Members">What is said of one besides its name, addresses and members.</param>
/// <param name="CreationMembers">Of them, what is told when one is made.</param>
/// <param name="Inside">Who is in it: as files call that, with the operations' names; null: nobody.</param>
internal sealed record EntityKind(
    string Section, string Word, string Noun, string IdMember, string[] Members, string[] CreationMembers, EntityInside? Inside)
{
    public static readonly EntityKind Users = new(
        "users", "user", "User", "UserId",
        [
            "displayName", "role", "firstName", "lastName", "hiddenFromGlobalAddressList", "initials", "telephone", "street", "jobTitle", "city", "company",
            "zipCode", "department", "country", "office",
        ],
        ["displayName", "role", "firstName", "lastName", "hiddenFromGlobalAddressList"], null);

    public static readonly EntityKind Groups = new(
        "groups", "group", "Group", "GroupId", ["hiddenFromGlobalAddressList"], ["hiddenFromGlobalAddressList"],
        new("members", "ListGroupMembers", "Members", "AssociateMemberToGroup", "DisassociateMemberFromGroup", "MemberId"));

    public static readonly EntityKind Resources = new(
        "resources", "resource", "Resource", "ResourceId", ["type", "description", "hiddenFromGlobalAddressList", "bookingOptions"],
        ["type", "description", "hiddenFromGlobalAddressList"],
        new("delegates", "ListResourceDelegates", "Delegates", "AssociateDelegateToResource", "DisassociateDelegateFromResource", "EntityId"));

    public static readonly EntityKind[] All = [Users, Groups, Resources];
}

/// <summary>Members of groups, delegates of resources.</summary>
internal sealed record EntityInside(string Section, string List, string Answer, string Add, string Remove, string IdMember);
