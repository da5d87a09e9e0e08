using System.ComponentModel.DataAnnotations;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Ingress;

/// <summary>A setting that is empty or an e-mail address.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MailAddressAttribute() : ValidationAttribute("The field {0} must be empty or an address such as postmaster@example.com.")
{
    public override bool IsValid(object? value) => value is string text && (text.Length == 0 || MailPath.IsAddress(text));
}
