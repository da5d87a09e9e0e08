using System.IO.Pipelines;
using FsCheck.Fluent;
using Mailstead.Protocols.Imap;

namespace Mailstead.Unit.Protocols.Imap;

/// <summary>Whatever is in a string, IMAP gets no NUL, and as many octets as it was told.</summary>
public sealed class LiteralTests
{
    [Fact]
    public void No_string_carries_NUL_and_every_literal_is_as_long_as_it_says() =>
        Generated.Check(Generated.Octets("\0", "\0\0\0", "abc", "\"", "\r\n", "ä"), value =>
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            new ImapWriter(pipe.Writer).String(value);
            pipe.Writer.Complete();
            Assert.True(pipe.Reader.TryRead(out var written));
            var octets = System.Buffers.BuffersExtensions.ToArray(written.Buffer);

            Assert.DoesNotContain((byte)0, octets);
            var reader = new ImapReader(octets);
            Assert.True(reader.TryString(out var read) && reader.AtEnd);
            Assert.Equal(Array.ConvertAll(value, octet => octet == 0 ? (byte)0x80 : octet), read);
        });

    [Fact]
    public void Long_literals_are_written_in_pieces_without_loss()
    {
        var value = new byte[300_000];
        for (var i = 0; i < value.Length; i++)
            value[i] = (byte)(i % 251);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));

        new ImapWriter(pipe.Writer).Literal(value);
        pipe.Writer.Complete();

        Assert.True(pipe.Reader.TryRead(out var written));
        var reader = new ImapReader(System.Buffers.BuffersExtensions.ToArray(written.Buffer));
        Assert.True(reader.TryString(out var read) && reader.AtEnd);
        Assert.Equal(Array.ConvertAll(value, octet => octet == 0 ? (byte)0x80 : octet), read);
    }
}
