using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;
using Purpose = Mailstead.Contracts.Admin.V1.MailDomainRecordPurpose.Types.Value;
using Status = Mailstead.Contracts.Admin.V1.MailDomainRecordStatus.Types.Value;

namespace Mailstead.Directories.Domains;

/// <summary>Looks up what a domain's DNS has, and keeps what was found.</summary>
internal sealed class CheckRecords(OrganizationWork work, RequiredRecords required, Resolver resolver, TimeProvider clock)
{
    internal static readonly Records<StoredMailDomain> Setups = new(RecordKind.MailDomain, StoredMailDomain.Parser);

    /// <summary>A domain's keys and what is known of its records; keys are made when they are asked for first.</summary>
    public async Task<StoredMailDomain> OpenAsync(string organizationId, MailDomain domain, CancellationToken cancellationToken)
    {
        if (await work.ReadAsync(organizationId, unit => Setups.FindAsync(unit, domain.DomainId), cancellationToken) is { } setup)
            return setup;
        var made = new StoredMailDomain { DkimKeys = { DkimKeys.CreateAll(clock.GetUtcNow()) } };
        return await ChangeAsync(organizationId, domain, stored => stored.DkimKeys.Count == 0 ? made : stored, cancellationToken);
    }

    /// <summary>Nobody else changes it meanwhile.</summary>
    public Task<StoredMailDomain> ChangeAsync(
        string organizationId, MailDomain domain, Func<StoredMailDomain, StoredMailDomain> change, CancellationToken cancellationToken) => work.WriteAsync(
            organizationId,
            async unit =>
            {
                await unit.LockAsync();
                var changed = change(await Setups.FindAsync(unit, domain.DomainId) ?? new StoredMailDomain());
                // The domain may be gone, and then nothing of it is to be kept.
                if (await DomainTable.FindAsync(unit.Transaction, unit.Id, domain.DomainId) is not null)
                    await Setups.WriteAsync(unit, domain.DomainId, Guid.Empty, changed);
                return changed;
            },
            cancellationToken);

    /// <summary>What should be there, with what was there when it was last looked up.</summary>
    public List<MailDomainRecord> RecordsOf(string name, MailDomain domain, StoredMailDomain setup)
    {
        var known = setup.Records.ToLookup(record => (record.Purpose, record.Hostname, record.Value));
        var records = required.Of(name, domain.IsTest ? null : domain.Token, setup);
        foreach (var record in records)
        {
            var before = known[(record.Purpose, record.Hostname, record.Value)].FirstOrDefault();
            record.Status = before?.Status ?? (IsProof(record.Purpose) ? Status.Pending : Status.Unknown);
            record.Found.Add(before?.Found ?? []);
            if (record.Purpose == Purpose.OwnershipToken && domain.IsVerified)
                record.Status = Status.Verified;
        }

        return records;
    }

    public async Task<StoredMailDomain> RunAsync(string organizationId, string name, MailDomain domain, CancellationToken cancellationToken)
    {
        var setup = await OpenAsync(organizationId, domain, cancellationToken);
        var records = RecordsOf(name, domain, setup);
        await Task.WhenAll(records.Select(record => LookUpAsync(record, domain, cancellationToken)));
        return await ChangeAsync(
            organizationId, domain,
            stored =>
            {
                var changed = stored.Clone();
                changed.Records.Clear();
                changed.Records.Add(records);
                changed.CheckedAt = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
                return changed;
            },
            cancellationToken);
    }

    private async Task LookUpAsync(MailDomainRecord record, MailDomain domain, CancellationToken cancellationToken)
    {
        var found = await (record.Type switch
        {
            "MX" => resolver.FindExchangersAsync(record.Hostname, cancellationToken),
            "CNAME" => resolver.FindTargetsAsync(record.Hostname, cancellationToken),
            _ => resolver.FindTextsAsync(record.Hostname, cancellationToken),
        });
        // What was proved stays so while DNS can't be asked.
        if (found is null)
        {
            if (!IsProof(record.Purpose))
                record.Status = Status.Unknown;
            return;
        }

        record.Found.Clear();
        record.Found.Add(found.Where(text => record.Type != "TXT" || RecordJudgement.IsOf(record.Purpose, text)));
        if (record.Purpose != Purpose.OwnershipToken || !domain.IsVerified)
            record.Status = RecordJudgement.Of(record, record.Found, required.SpfMechanism, clock.GetUtcNow() - domain.CreatedAt > RecordJudgement.ProofTime);
    }

    private static bool IsProof(Purpose purpose) => purpose is Purpose.OwnershipToken or Purpose.Dkim or Purpose.MailFromMx;
}
