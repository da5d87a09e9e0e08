namespace Mailstead.Admin.Aws;

/// <summary>An error as the AWS protocols tell it: a type by name and a text for people. Always status 400 here.</summary>
internal sealed record AwsError(string Type, string Message)
{
    public static AwsError Unknown(string target) => new("UnknownOperationException", $"The operation {target} is not known");

    public static AwsError Serialization(string reason) => new("SerializationException", reason);

    public static AwsError Invalid(string reason) => new("InvalidParameterException", reason);
}

/// <summary>A request that can't be read or is not allowed.</summary>
internal sealed class AwsErrorException(AwsError error) : Exception(error.Message)
{
    public AwsError Error { get; } = error;
}
