using static Mailstead.Mailboxes.Properties.PropertyType;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Properties of contacts (MS-OXOCNTC).</summary>
internal static class ContactProperties
{
    private const PropertyType Text = PropertyType.String;

    public static readonly IReadOnlyList<KnownProperty> All =
    [
        Tag("PidTagDisplayName", 0x3001, Text, "contacts:DisplayName", null, "FN"),
        Tag("PidTagGivenName", 0x3A06, Text, "contacts:GivenName", "Contacts:FirstName", "N"),
        Tag("PidTagMiddleName", 0x3A44, Text, "contacts:MiddleName", "Contacts:MiddleName", "N"),
        Tag("PidTagSurname", 0x3A11, Text, "contacts:Surname", "Contacts:LastName", "N"),
        Tag("PidTagDisplayNamePrefix", 0x3A45, Text, null, "Contacts:Title", "N"),
        Tag("PidTagGeneration", 0x3A05, Text, "contacts:Generation", "Contacts:Suffix", "N"),
        Tag("PidTagNickname", 0x3A4F, Text, "contacts:Nickname", "Contacts2:NickName", "NICKNAME"),
        Tag("PidTagInitials", 0x3A0A, Text, "contacts:Initials"),
        Tag("PidTagCompanyName", 0x3A16, Text, "contacts:CompanyName", "Contacts:CompanyName", "ORG"),
        Tag("PidTagDepartmentName", 0x3A18, Text, "contacts:Department", "Contacts:Department", "ORG"),
        Tag("PidTagTitle", 0x3A17, Text, "contacts:JobTitle", "Contacts:JobTitle", "TITLE"),
        Tag("PidTagOfficeLocation", 0x3A19, Text, "contacts:OfficeLocation", "Contacts:OfficeLocation"),
        Tag("PidTagManagerName", 0x3A4E, Text, "contacts:Manager", "Contacts2:ManagerName"),
        Tag("PidTagAssistant", 0x3A30, Text, "contacts:AssistantName", "Contacts:AssistantName"),
        Tag("PidTagProfession", 0x3A46, Text, "contacts:Profession", null, "ROLE"),
        Tag("PidTagSpouseName", 0x3A48, Text, "contacts:SpouseName", "Contacts:Spouse"),
        Tag("PidTagChildrensNames", 0x3A58, MultipleString, "contacts:Children", "Contacts:Children"),
        Tag("PidTagBirthday", 0x3A42, Time, "contacts:Birthday", "Contacts:Birthday", "BDAY"),
        Tag("PidTagWeddingAnniversary", 0x3A41, Time, "contacts:WeddingAnniversary", "Contacts:Anniversary", "ANNIVERSARY"),
        Tag("PidTagHobbies", 0x3A43, Text),
        Tag("PidTagGender", 0x3A4D, Integer16, null, null, "GENDER"),
        Tag("PidTagBusinessHomePage", 0x3A51, Text, "contacts:BusinessHomePage", "Contacts:WebPage", "URL"),
        Tag("PidTagPersonalHomePage", 0x3A50, Text),
        Tag("PidTagCustomerId", 0x3A4A, Text, null, "Contacts2:CustomerId"),
        Tag("PidTagGovernmentIdNumber", 0x3A07, Text, null, "Contacts2:GovernmentId"),
        Tag("PidTagAccount", 0x3A00, Text, null, "Contacts2:AccountName"),
        Tag("PidTagUserX509Certificate", 0x3A70, MultipleBinary, "contacts:UserSMIMECertificate", null, "KEY"),
        Phone("PidTagBusinessTelephoneNumber", 0x3A08, "BusinessPhone", "Contacts:BusinessPhoneNumber"),
        Phone("PidTagBusiness2TelephoneNumber", 0x3A1B, "BusinessPhone2", "Contacts:Business2PhoneNumber"),
        Phone("PidTagHomeTelephoneNumber", 0x3A09, "HomePhone", "Contacts:HomePhoneNumber"),
        Phone("PidTagHome2TelephoneNumber", 0x3A2F, "HomePhone2", "Contacts:Home2PhoneNumber"),
        Phone("PidTagMobileTelephoneNumber", 0x3A1C, "MobilePhone", "Contacts:MobilePhoneNumber"),
        Phone("PidTagBusinessFaxNumber", 0x3A24, "BusinessFax", "Contacts:BusinessFaxNumber"),
        Phone("PidTagHomeFaxNumber", 0x3A25, "HomeFax", "Contacts:HomeFaxNumber"),
        Phone("PidTagPrimaryFaxNumber", 0x3A23, "OtherFax", null),
        Phone("PidTagPagerTelephoneNumber", 0x3A21, "Pager", "Contacts:PagerNumber"),
        Phone("PidTagCarTelephoneNumber", 0x3A1E, "CarPhone", "Contacts:CarPhoneNumber"),
        Phone("PidTagRadioTelephoneNumber", 0x3A1D, "RadioPhone", "Contacts:RadioPhoneNumber"),
        Phone("PidTagAssistantTelephoneNumber", 0x3A2E, "AssistantPhone", "Contacts:AssistantPhoneNumber"),
        Phone("PidTagCompanyMainTelephoneNumber", 0x3A57, "CompanyMainPhone", "Contacts2:CompanyMainPhone"),
        Phone("PidTagPrimaryTelephoneNumber", 0x3A1A, "PrimaryPhone", null),
        Phone("PidTagOtherTelephoneNumber", 0x3A1F, "OtherTelephone", null),
        Phone("PidTagCallbackTelephoneNumber", 0x3A02, "Callback", null),
        Phone("PidTagIsdnNumber", 0x3A2D, "Isdn", null),
        Phone("PidTagTelexNumber", 0x3A2C, "Telex", null),
        Phone("PidTagTelecommunicationsDeviceForDeafTelephoneNumber", 0x3A4B, "TtyTddPhone", null),
        Place("PidTagHomeAddressStreet", 0x3A5D, "Street#Home", "Contacts:HomeAddressStreet"),
        Place("PidTagHomeAddressCity", 0x3A59, "City#Home", "Contacts:HomeAddressCity"),
        Place("PidTagHomeAddressStateOrProvince", 0x3A5C, "State#Home", "Contacts:HomeAddressState"),
        Place("PidTagHomeAddressPostalCode", 0x3A5B, "PostalCode#Home", "Contacts:HomeAddressPostalCode"),
        Place("PidTagHomeAddressCountry", 0x3A5A, "CountryOrRegion#Home", "Contacts:HomeAddressCountry"),
        Place("PidTagOtherAddressStreet", 0x3A63, "Street#Other", "Contacts:OtherAddressStreet"),
        Place("PidTagOtherAddressCity", 0x3A5F, "City#Other", "Contacts:OtherAddressCity"),
        Place("PidTagOtherAddressStateOrProvince", 0x3A62, "State#Other", "Contacts:OtherAddressState"),
        Place("PidTagOtherAddressPostalCode", 0x3A61, "PostalCode#Other", "Contacts:OtherAddressPostalCode"),
        Place("PidTagOtherAddressCountry", 0x3A60, "CountryOrRegion#Other", "Contacts:OtherAddressCountry"),
        Lid(
            "PidLidWorkAddressStreet", 0x8045, Text, "contacts:PhysicalAddress:Street#Business", "Contacts:BusinessAddressStreet", "ADR"),
        Lid(
            "PidLidWorkAddressCity", 0x8046, Text, "contacts:PhysicalAddress:City#Business", "Contacts:BusinessAddressCity", "ADR"),
        Lid(
            "PidLidWorkAddressState", 0x8047, Text, "contacts:PhysicalAddress:State#Business", "Contacts:BusinessAddressState", "ADR"),
        Lid(
            "PidLidWorkAddressPostalCode", 0x8048, Text, "contacts:PhysicalAddress:PostalCode#Business", "Contacts:BusinessAddressPostalCode", "ADR"),
        Lid(
            "PidLidWorkAddressCountry", 0x8049, Text, "contacts:PhysicalAddress:CountryOrRegion#Business", "Contacts:BusinessAddressCountry", "ADR"),
        Lid("PidLidPostalAddressId", 0x8022, Integer32, "contacts:PostalAddressIndex"),
        Lid("PidLidFileUnder", 0x8005, Text, "contacts:FileAs", "Contacts:FileAs", "SORT-STRING"),
        Lid("PidLidFileUnderId", 0x8006, Integer32, "contacts:FileAsMapping"),
        Lid("PidLidHasPicture", 0x8015, PropertyType.Boolean, "contacts:HasPicture", null, "PHOTO"),
        Lid("PidLidInstantMessagingAddress", 0x8062, Text, "contacts:ImAddress#ImAddress1", "Contacts2:IMAddress", "IMPP"),
        Lid("PidLidEmail1DisplayName", 0x8080, Text),
        Lid("PidLidEmail1AddressType", 0x8082, Text),
        Lid("PidLidEmail1EmailAddress", 0x8083, Text, "contacts:EmailAddress#EmailAddress1", "Contacts:Email1Address", "EMAIL"),
        Lid("PidLidEmail1OriginalDisplayName", 0x8084, Text),
        Lid("PidLidEmail2DisplayName", 0x8090, Text),
        Lid("PidLidEmail2AddressType", 0x8092, Text),
        Lid("PidLidEmail2EmailAddress", 0x8093, Text, "contacts:EmailAddress#EmailAddress2", "Contacts:Email2Address", "EMAIL"),
        Lid("PidLidEmail2OriginalDisplayName", 0x8094, Text),
        Lid("PidLidEmail3DisplayName", 0x80A0, Text),
        Lid("PidLidEmail3AddressType", 0x80A2, Text),
        Lid("PidLidEmail3EmailAddress", 0x80A3, Text, "contacts:EmailAddress#EmailAddress3", "Contacts:Email3Address", "EMAIL"),
        Lid("PidLidEmail3OriginalDisplayName", 0x80A4, Text),
        Lid("PidLidYomiFirstName", 0x802C, Text, "contacts:YomiFirstName", "Contacts:YomiFirstName"),
        Lid("PidLidYomiLastName", 0x802D, Text, "contacts:YomiLastName", "Contacts:YomiLastName"),
        Lid("PidLidYomiCompanyName", 0x802E, Text, "contacts:YomiCompanyName", "Contacts:YomiCompanyName"),
    ];

    private static KnownProperty Phone(string name, ushort id, string index, string? eas) =>
        new(name, PropertyKey.OfTag(id), Text, "contacts:PhoneNumber#" + index, eas, "TEL");

    private static KnownProperty Place(string name, ushort id, string element, string eas) =>
        new(name, PropertyKey.OfTag(id), Text, "contacts:PhysicalAddress:" + element, eas, "ADR");

    private static KnownProperty Tag(string name, ushort id, PropertyType type, string? ews = null, string? eas = null, string? field = null) =>
        new(name, PropertyKey.OfTag(id), type, ews, eas, field);

    private static KnownProperty Lid(string name, uint lid, PropertyType type, string? ews = null, string? eas = null, string? field = null) =>
        new(name, PropertyKey.OfLid(PropertySets.Address, lid), type, ews, eas, field);
}
