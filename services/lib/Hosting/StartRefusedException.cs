namespace Mailstead.Hosting;

/// <summary>Something that an operator has to mend before the process can start. The message names the file or setting and what is allowed.</summary>
public sealed class StartRefusedException(string message, Exception? cause = null) : Exception(message, cause);
