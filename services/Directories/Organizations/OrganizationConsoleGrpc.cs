using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Settings;
using Mailstead.Protocols.Addresses;

namespace Mailstead.Directories.Organizations;

/// <summary>The OrganizationConsole contract.</summary>
internal sealed class OrganizationConsoleGrpc(OrganizationWork work) : OrganizationConsole.OrganizationConsoleBase
{
    private static readonly Setting<MobileDevicePolicy> DevicePolicy =
        new(SettingKind.MobileDevicePolicy, MobileDevicePolicy.Parser, _ => new MobileDevicePolicy { AllowSimplePassword = true });

    public override Task<FindAddressResponse> FindAddress(FindAddressRequest request, ServerCallContext context) => work.ReadAsync(
        request.OrganizationId,
        async unit =>
        {
            if (!MailAddress.TryParse(request.Email, out var address))
                throw AdminError.InvalidParameter($"Email: {request.Email} is no mail address");
            // Whose addresses of other organizations are is nobody's business here.
            if (await AddressTable.FindAsync(unit.Transaction, BlindIndexes.OfAddress(unit.Installation, address)) is not { } row || row.OrganizationId != unit.Id
                || await EntityTable.FindAsync(unit.Transaction, unit.Id, row.EntityId) is not { } entity)
                return new FindAddressResponse { InUse = false };
            return new FindAddressResponse
            {
                InUse = true,
                EntityId = entity.PublicId,
                Name = EntityRecord.Open(unit.Key, entity.EntityId, entity.Sealed).Name,
                EntityType = entity.Kind.ToString().ToUpperInvariant(),
                IsPrimary = row.IsPrimary,
            };
        },
        context.CancellationToken);

    public override async Task<PutMigrationAdministratorResponse> PutMigrationAdministrator(
        PutMigrationAdministratorRequest request, ServerCallContext context)
    {
        await ChangeAsync(
            request.OrganizationId, async unit => (await unit.RequireAsync(request.UserId, EntityKind.User)).PublicId,
            (record, user) => record with { MigrationAdmin = user }, context.CancellationToken);
        return new PutMigrationAdministratorResponse();
    }

    public override async Task<DeleteMigrationAdministratorResponse> DeleteMigrationAdministrator(
        DeleteMigrationAdministratorRequest request, ServerCallContext context)
    {
        await ChangeAsync(request.OrganizationId, _ => ValueTask.FromResult(""), (record, user) => record with { MigrationAdmin = user }, context.CancellationToken);
        return new DeleteMigrationAdministratorResponse();
    }

    public override async Task<DisableInteroperabilityResponse> DisableInteroperability(DisableInteroperabilityRequest request, ServerCallContext context)
    {
        await ChangeAsync(
            request.OrganizationId, _ => ValueTask.FromResult(""),
            (record, _) => !record.Alias.Equals(request.OrganizationName, StringComparison.OrdinalIgnoreCase)
                ? throw AdminError.InvalidParameter("OrganizationName: there is no way back, so that it has to be the organization's alias")
                : record with { IsInteroperable = false },
            context.CancellationToken);
        return new DisableInteroperabilityResponse();
    }

    public override async Task<PutMobileDevicePolicyResponse> PutMobileDevicePolicy(PutMobileDevicePolicyRequest request, ServerCallContext context)
    {
        await work.WriteAsync(request.OrganizationId, unit => DevicePolicy.WriteAsync(unit, request.Policy), context.CancellationToken);
        return new PutMobileDevicePolicyResponse();
    }

    public override async Task<DescribeMobileDevicePolicyResponse> DescribeMobileDevicePolicy(
        DescribeMobileDevicePolicyRequest request, ServerCallContext context) =>
        new() { Policy = await work.ReadAsync(request.OrganizationId, DevicePolicy.ReadAsync, context.CancellationToken) };

    /// <summary>Changes what is kept of the organization itself; nobody else does meanwhile.</summary>
    private Task<int> ChangeAsync(
        string organizationId, Func<OrganizationUnit, ValueTask<string>> read, Func<OrganizationRecord, string, OrganizationRecord> change,
        CancellationToken cancellationToken) => work.WriteAsync(
            organizationId,
            async unit =>
            {
                await unit.LockAsync();
                var value = await read(unit);
                var now = await OrganizationTable.RequireActiveAsync(unit.Transaction, organizationId);
                var changed = change(now.Open(unit.Installation), value);
                return await OrganizationTable.SetStateAsync(unit.Transaction, now.OrganizationId, now.State, changed.Seal(unit.Installation, now.OrganizationId), now.CompletedAt);
            },
            cancellationToken);
}
