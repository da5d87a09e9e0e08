using System.Globalization;
using System.Text;

namespace Mailstead.Benchmarks.Loads;

/// <summary>Messages of prose, no two alike, of a given size with header; the same ones in every run.</summary>
internal static class SampleMessage
{
    private static readonly string[] Words =
        ("the of and to in is that for it as was with be by on not he this are or his from at which but have an had they you were "
         + "their one all we can her has there been if more when will would who so no report meeting budget delivery contract question "
         + "morning answer engine harbour winter signature invoice garden railway letter account mountain station paper window").Split(' ');

    public static byte[] Create(int number, int size)
    {
        var random = new Random(number);
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"From: Sender {number} <sender{number}@load.example>\r\n")
            .Append("To: list@load.example\r\n")
            .Append(CultureInfo.InvariantCulture, $"Subject: About {Words[random.Next(Words.Length)]} {number}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Message-ID: <{number}.{random.NextInt64():x}@load.example>\r\n")
            .Append("Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
        var column = 0;
        while (text.Length < size - 12)
        {
            var word = Words[random.Next(Words.Length)];
            text.Append(word).Append(column > 60 ? "\r\n" : " ");
            column = column > 60 ? 0 : column + word.Length + 1;
        }

        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }
}
