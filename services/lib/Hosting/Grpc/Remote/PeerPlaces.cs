using Google.Protobuf.Reflection;
using Mailstead.Hosting.Modules;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>Stops a start that would end in calls to nowhere.</summary>
internal static class PeerPlaces
{
    /// <summary>The roles elsewhere that these modules call.</summary>
    /// <exception cref="OptionsValidationException">A role that these modules call is not here and has no usable address.</exception>
    public static IReadOnlyList<string> Check(IConfiguration settings, IReadOnlyList<IModule> here, IReadOnlyList<ServiceDescriptor> called)
    {
        var contracts = new ServiceContracts(called.DistinctBy(service => service.FullName));
        List<string> elsewhere = [.. contracts.Roles.Where(role => here.All(module => module.Role != role))];
        foreach (var role in elsewhere)
        {
            var key = $"Services:Addresses:{role}";
            if (settings[key] is not { Length: > 0 } places)
                throw Wrong($"{key} (MAILSTEAD_Services__Addresses__{role}) is not set; allowed: where the role {role}, which is called here, listens: HOST:PORT,HOST:PORT");
            foreach (var place in places.Split(',', StringSplitOptions.TrimEntries))
            {
                if (!AddressResolver.TrySplit(place, out _, out _))
                    throw Wrong($"{key} is '{places}'; allowed: HOST:PORT, or several of them separated by commas");
            }
        }

        foreach (var file in new[] { "Services:Certificate", "Services:PrivateKey", "Services:Authorities" })
        {
            if (!File.Exists(settings[file]))
                throw Wrong($"{file} is '{settings[file]}'; allowed: a PEM file that this process can read");
        }

        return elsewhere;
    }

    private static OptionsValidationException Wrong(string message) => new("Services", typeof(ServicesOptions), [message]);
}
