using System.Text.Json;

namespace Mailstead.Host.FirstStart;

/// <summary>A file with secrets for the operator: readable by the service's user alone, whole or not there at all.</summary>
internal static class OwnerOnlyFile
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        // For people who copy from it: a plus sign stays one. The file is never part of a page.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void WriteJson<T>(string path, T content)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            JsonSerializer.Serialize(stream, content, Readable);
            stream.WriteByte((byte)'\n');
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
