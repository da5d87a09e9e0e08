using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Organizations;

namespace Mailstead.Directories.Settings;

/// <summary>The OrganizationSettings contract.</summary>
internal sealed class OrganizationSettingsGrpc(OrganizationWork work) : OrganizationSettings.OrganizationSettingsBase
{
    /// <summary>Enforced from the first day on.</summary>
    internal static readonly Setting<DescribeInboundDmarcSettingsResponse> Dmarc =
        new(SettingKind.InboundDmarc, DescribeInboundDmarcSettingsResponse.Parser, _ => new DescribeInboundDmarcSettingsResponse { Enforced = true });

    private static readonly Setting<DescribeEmailMonitoringConfigurationResponse> Monitoring = new(
        SettingKind.EmailMonitoring, DescribeEmailMonitoringConfigurationResponse.Parser, _ => new DescribeEmailMonitoringConfigurationResponse());

    public override async Task<PutInboundDmarcSettingsResponse> PutInboundDmarcSettings(
        PutInboundDmarcSettingsRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            unit => Dmarc.WriteAsync(unit, new DescribeInboundDmarcSettingsResponse { Enforced = request.Enforced }), context.CancellationToken);
        return new PutInboundDmarcSettingsResponse();
    }

    public override Task<DescribeInboundDmarcSettingsResponse> DescribeInboundDmarcSettings(
        DescribeInboundDmarcSettingsRequest request, ServerCallContext context) =>
        work.ReadAsync(request.OrganizationId, Dmarc.ReadAsync, context.CancellationToken);

    public override async Task<PutEmailMonitoringConfigurationResponse> PutEmailMonitoringConfiguration(
        PutEmailMonitoringConfigurationRequest request, ServerCallContext context)
    {
        var configuration = new DescribeEmailMonitoringConfigurationResponse { LogGroupArn = request.LogGroupArn };
        if (request.HasRoleArn)
            configuration.RoleArn = request.RoleArn;
        await work.WriteAsync(request.OrganizationId, unit => Monitoring.WriteAsync(unit, configuration), context.CancellationToken);
        return new PutEmailMonitoringConfigurationResponse();
    }

    public override async Task<DescribeEmailMonitoringConfigurationResponse> DescribeEmailMonitoringConfiguration(
        DescribeEmailMonitoringConfigurationRequest request, ServerCallContext context)
    {
        var configuration = await work.ReadAsync(request.OrganizationId, Monitoring.ReadAsync, context.CancellationToken);
        return configuration.HasLogGroupArn
            ? configuration
            : throw AdminError.ResourceNotFound("The organization has no e-mail monitoring configuration; put one first");
    }

    public override async Task<DeleteEmailMonitoringConfigurationResponse> DeleteEmailMonitoringConfiguration(
        DeleteEmailMonitoringConfigurationRequest request, ServerCallContext context)
    {
        await work.WriteAsync(request.OrganizationId, Monitoring.ResetAsync, context.CancellationToken);
        return new DeleteEmailMonitoringConfigurationResponse();
    }
}
