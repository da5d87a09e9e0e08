using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;

namespace Mailstead.Directories.MobileDevices;

/// <summary>What goes before the rules for one device of one user.</summary>
internal sealed class DeviceOverrides(OrganizationWork work, TimeProvider clock)
{
    private static readonly Records<MobileDeviceAccessOverride> Overrides =
        new(RecordKind.MobileDeviceOverride, MobileDeviceAccessOverride.Parser);

    public async Task<PutMobileDeviceAccessOverrideResponse> PutAsync(
        PutMobileDeviceAccessOverrideRequest request, CancellationToken cancellationToken)
    {
        var now = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var user = await unit.RequireAsync(request.UserId, EntityKind.User);
                if (!user.IsEnabled)
                    throw AdminError.EntityState("The user is disabled: enable it with RegisterToWorkMail first");
                var id = IdOf(unit, user, request.DeviceId);
                var present = await Overrides.FindAsync(unit, id);
                var made = new MobileDeviceAccessOverride
                {
                    UserId = user.PublicId,
                    DeviceId = request.DeviceId,
                    Effect = request.Effect,
                    DateCreated = present?.DateCreated ?? now,
                    DateModified = now,
                };
                if (request.HasDescription)
                    made.Description = request.Description;
                return await Overrides.WriteAsync(unit, id, user.EntityId, made);
            },
            cancellationToken);
        return new PutMobileDeviceAccessOverrideResponse();
    }

    public async Task<GetMobileDeviceAccessOverrideResponse> GetAsync(
        GetMobileDeviceAccessOverrideRequest request, CancellationToken cancellationToken)
    {
        var found = await work.ReadAsync(
            request.OrganizationId,
            async unit => await Overrides.FindAsync(
                unit, IdOf(unit, await unit.RequireAsync(request.UserId, EntityKind.User), request.DeviceId)),
            cancellationToken) ?? throw AdminError.ResourceNotFound($"There is no override for the device {request.DeviceId} of this user");
        var response = new GetMobileDeviceAccessOverrideResponse
        {
            UserId = found.UserId,
            DeviceId = found.DeviceId,
            Effect = found.Effect,
            DateCreated = found.DateCreated,
            DateModified = found.DateModified,
        };
        if (found.HasDescription)
            response.Description = found.Description;
        return response;
    }

    public async Task<ListMobileDeviceAccessOverridesResponse> ListAsync(
        ListMobileDeviceAccessOverridesRequest request, CancellationToken cancellationToken)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        return await work.ReadAsync(
            request.OrganizationId,
            async unit =>
            {
                var user = request.HasUserId ? await unit.RequireAsync(request.UserId, EntityKind.User) : null;
                var response = new ListMobileDeviceAccessOverridesResponse();
                while (true)
                {
                    var rows = await Overrides.ListAsync(unit, user?.EntityId, after, count + 1);
                    foreach (var row in rows.Take(count))
                    {
                        if (response.Overrides.Count == count)
                            break;
                        after = row.RecordId;
                        if (!request.HasDeviceId || row.Value.DeviceId == request.DeviceId)
                            response.Overrides.Add(row.Value);
                    }

                    var isLast = rows.Count <= count && (rows.Count == 0 || after == rows[^1].RecordId);
                    if (!isLast && response.Overrides.Count == count)
                        response.NextToken = PageToken.Write(after);
                    if (isLast || response.Overrides.Count == count)
                        return response;
                }
            },
            cancellationToken);
    }

    /// <summary>One that is not there is deleted already.</summary>
    public async Task<DeleteMobileDeviceAccessOverrideResponse> DeleteAsync(
        DeleteMobileDeviceAccessOverrideRequest request, CancellationToken cancellationToken)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit => await Overrides.DeleteAsync(
                unit, IdOf(unit, await unit.RequireAsync(request.UserId, EntityKind.User), request.DeviceId)),
            cancellationToken);
        return new DeleteMobileDeviceAccessOverrideResponse();
    }

    private static Guid IdOf(OrganizationUnit unit, Entity user, string deviceId) =>
        BlindIndexes.OfRecord(unit.Key, $"device override {user.EntityId} {deviceId}");
}
