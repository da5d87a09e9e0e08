using Grpc.Core;
using Mailstead.Contracts.CloudTrail.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Key = Mailstead.Contracts.CloudTrail.V1.LookupAttributeKey.Types.Value;

namespace Mailstead.Directories.ApiLog;

/// <summary>The CloudTrail contract.</summary>
internal sealed class CloudTrailGrpc([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
    : Contracts.CloudTrail.V1.CloudTrail.CloudTrailBase
{
    private const int ResultsDefault = 50;
    private const int LookedThroughMax = 20_000;
    private const int ReadAtOnce = 500;

    private static readonly Guid Latest = new("ffffffff-ffff-ffff-ffff-ffffffffffff");

    public override async Task<LookupEventsResponse> LookupEvents(LookupEventsRequest request, ServerCallContext context)
    {
        if (request.StartTime is { } start && request.EndTime is { } end && end < start)
            throw AdminError.Of(StatusCode.InvalidArgument, "InvalidTimeRangeException", "EndTime must not be before StartTime");
        if (request.LookupAttributes.Count > 1)
            throw AdminError.Of(StatusCode.InvalidArgument, "InvalidLookupAttributesException", "Name one lookup attribute at most");
        var from = request.StartTime is { } since ? ApiEventTable.BoundOf(since.ToDateTimeOffset()) : Guid.Empty;
        var before = request.EndTime is { } until ? ApiEventTable.BoundOf(until.ToDateTimeOffset().AddMilliseconds(1)) : Latest;
        if (request.NextToken.Length > 0)
            before = ReadToken(request.NextToken);
        // Insight events are findings about the log, and there are none.
        return request.HasEventCategory ? new LookupEventsResponse() : await FindAsync(request, before, from, context.CancellationToken);
    }

    private async Task<LookupEventsResponse> FindAsync(LookupEventsRequest request, Guid before, Guid from, CancellationToken cancellationToken)
    {
        var wanted = request.HasMaxResults ? request.MaxResults : ResultsDefault;
        var response = new LookupEventsResponse();
        using var key = await keys.InstallationAsync(cancellationToken);
        for (var lookedThrough = 0; lookedThrough < LookedThroughMax; lookedThrough += ReadAtOnce)
        {
            var limit = before;
            var rows = await database.ReadAsync(
                TenantScope.None, transaction => ApiEventTable.ListAsync(transaction, key, limit, from, ReadAtOnce), cancellationToken);
            foreach (var (id, call) in rows)
            {
                if (response.Events.Count == wanted)
                {
                    response.NextToken = PageToken.Write(before);
                    return response;
                }

                before = id;
                if (request.LookupAttributes.All(attribute => Matches(call, attribute)))
                    response.Events.Add(call);
            }

            if (rows.Count < ReadAtOnce)
                return response;
        }

        response.NextToken = PageToken.Write(before);
        return response;
    }

    private static bool Matches(Event call, LookupAttribute attribute)
    {
        var value = attribute.AttributeValue;
        return attribute.AttributeKey switch
        {
            Key.EventId => call.EventId == value,
            Key.EventName => call.EventName == value,
            Key.ReadOnly => call.ReadOnly == value,
            Key.Username => call.Username == value,
            Key.EventSource => call.EventSource == value,
            Key.AccessKeyId => call.AccessKeyId == value,
            Key.ResourceType => call.Resources.Any(resource => resource.ResourceType == value),
            Key.ResourceName => call.Resources.Any(resource => resource.ResourceName == value),
            _ => false,
        };
    }

    private static Guid ReadToken(string token)
    {
        try
        {
            return PageToken.Read(token);
        }
        catch (RpcException)
        {
            throw AdminError.Of(StatusCode.InvalidArgument, "InvalidNextTokenException", "NextToken must be one that this operation gave");
        }
    }
}
