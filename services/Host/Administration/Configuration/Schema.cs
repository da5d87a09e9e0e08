namespace Mailstead.Host.Administration.Configuration;

/// <summary>What a file may have where: so that a word that is misspelt is not passed over.</summary>
/// <param name="Members">Of a mapping, and what each may be; null in <see cref="Any"/>, which takes every name.</param>
internal sealed record Schema(string Name, IReadOnlyDictionary<string, Schema>? Known = null, Schema? ItemOrNull = null, bool IsValue = false)
{
    private static readonly Schema Text = new("a value", IsValue: true);
    private static readonly Schema Texts = List(Text);
    private static readonly Schema AnyName = new("a mapping of names and values");

    private static readonly Schema Permission = Mapping("a permission", ("grantee", Text), ("permissions", Texts));

    private static readonly Schema User = Mapping(
        "a user",
        [.. Values(["name", "email", "passwordEnv", "mailboxQuota", .. EntityKind.Users.Members]), ("aliases", Texts), ("permissions", List(Permission))]);

    private static readonly Schema Group = Mapping(
        "a group", [.. Values(["name", "email", .. EntityKind.Groups.Members]), ("aliases", Texts), ("members", Texts), ("permissions", List(Permission))]);

    private static readonly Schema Resource = Mapping(
        "a resource",
        [
            .. Values(["name", "email", .. EntityKind.Resources.Members.Where(member => member != "bookingOptions")]), ("aliases", Texts), ("delegates", Texts),
            ("permissions", List(Permission)),
            ("bookingOptions", Mapping("booking options", [.. Values("autoAcceptRequests", "autoDeclineRecurringRequests", "autoDeclineConflictingRequests")])),
        ]);

    private static readonly Schema Function = Mapping("a function", [.. Values("target", "synchronous", "fallbackAction", "timeoutMinutes")]);

    public static readonly Schema Organization = Mapping(
        "an organization",
        [
            .. Values("alias", "kmsKeyArn", "inboundDmarcEnforced"), ("tags", AnyName),
            ("domains", List(Mapping("a domain", [.. Values("name", "default", "mailFromDomain")]))),
            ("users", List(User)), ("groups", List(Group)), ("resources", List(Resource)),
            ("accessControlRules", List(Mapping("an access control rule",
            [
                .. Values("name", "effect", "description"), ("ipRanges", Texts), ("notIpRanges", Texts), ("actions", Texts), ("notActions", Texts),
                ("users", Texts), ("notUsers", Texts), ("impersonationRoleIds", Texts), ("notImpersonationRoleIds", Texts),
            ]))),
            ("mobileDeviceAccessRules", List(Mapping("a mobile device access rule",
            [
                .. Values("name", "effect", "description"), ("deviceTypes", Texts), ("notDeviceTypes", Texts), ("deviceModels", Texts), ("notDeviceModels", Texts),
                ("deviceOperatingSystems", Texts), ("notDeviceOperatingSystems", Texts), ("deviceUserAgents", Texts), ("notDeviceUserAgents", Texts),
            ]))),
            ("mailFlowRules", List(Mapping("a mail-flow rule",
                [.. Values("name", "direction", "action", "gatewayName"), ("senderPatterns", Texts), ("recipientPatterns", Texts), ("function", Function)]))),
            ("smtpGateways", List(Mapping("a gateway", [.. Values("name", "host", "port", "userName", "passwordEnv")]))),
            ("journaling", Mapping("journaling", [.. Values("journalAddress", "reportAddress")])),
            ("mobileDevicePolicy", Mapping("a mobile device policy",
            [
                .. Values("requireDeviceEncryption", "requireStorageCardEncryption", "requirePassword", "allowSimplePassword", "requireAlphanumericPassword",
                    "minPasswordLength", "maxPasswordFailedAttempts", "passwordExpirationDays", "passwordHistory", "maxInactivityLockSeconds"),
            ])),
            ("retentionPolicy", Mapping("a retention policy",
                [.. Values("name", "description"), ("folderConfigurations", List(Mapping("a folder", [.. Values("name", "action", "period")])))])),
        ]);

    public static readonly Schema File = Mapping("the file", ("organizations", List(Organization)));

    public bool IsList => ItemOrNull is not null;

    public Schema Item => ItemOrNull ?? this;

    public string Wanted => IsValue ? "a value" : IsList ? "a list" : Name;

    public IEnumerable<string> Members => Known?.Keys ?? [];

    public bool Takes(string member) => Known is null || Known.ContainsKey(member);

    public Schema Of(string member) => Known is null ? Text : Known[member];

    private static Schema Mapping(string name, params (string Member, Schema Schema)[] members) =>
        new(name, members.ToDictionary(member => member.Member, member => member.Schema));

    private static Schema List(Schema item) => new("a list", ItemOrNull: item);

    private static IEnumerable<(string, Schema)> Values(params string[] names) => names.Select(name => (name, Text));
}
