using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Mailstead.Hosting.Listeners;

/// <summary>A setting that lists networks in CIDR form.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NetworksAttribute() : ValidationAttribute("The field {0} must list networks such as 10.0.0.0/8 or 2001:db8::/32.")
{
    public override bool IsValid(object? value) =>
        value is IEnumerable<string> networks && networks.All(network => IPNetwork.TryParse(network, out _));
}
