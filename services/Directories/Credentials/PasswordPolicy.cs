namespace Mailstead.Directories.Credentials;

/// <summary>What a password must be. The policy is fixed.</summary>
internal static class PasswordPolicy
{
    private const int LengthMin = 8;
    private const int LengthLimit = 64;
    private const int ClassesMin = 3;

    /// <exception cref="Grpc.Core.RpcException">InvalidPasswordException, naming the rule that it breaks.</exception>
    public static void Check(string password)
    {
        if (string.IsNullOrWhiteSpace(password))
            throw AdminError.InvalidPassword("A password must not be blank");
        if (password.Length is < LengthMin or >= LengthLimit)
            throw AdminError.InvalidPassword($"A password has at least {LengthMin} and fewer than {LengthLimit} characters");
        if (password.Any(character => character is < ' ' or > 'ÿ' or '\x7f'))
            throw AdminError.InvalidPassword("A password has only characters of Basic Latin and the Latin-1 Supplement");
        if (CountClasses(password) < ClassesMin)
            throw AdminError.InvalidPassword(
                "A password has three of: upper case, lower case, digit, special character, letter of the Latin-1 Supplement");
    }

    private static int CountClasses(string password) =>
        (password.Any(char.IsAsciiLetterUpper) ? 1 : 0)
        + (password.Any(char.IsAsciiLetterLower) ? 1 : 0)
        + (password.Any(char.IsAsciiDigit) ? 1 : 0)
        + (password.Any(character => character is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(character)) ? 1 : 0)
        + (password.Any(character => character >= '\xa0') ? 1 : 0);
}
