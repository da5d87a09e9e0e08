using System.Security.Cryptography;
using System.Text;

namespace Mailstead.EndToEnd.Encryption;

/// <summary>A word that is nowhere else, in every form in which it could lie about.</summary>
internal sealed class Canary
{
    private readonly List<(string Form, byte[] Octets)> forms = [];

    public Canary(string place)
    {
        Place = place;
        Word = "canary" + RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz", 18);
        AddForms("", Word);
        AddForms("upper-case ", Word.ToUpperInvariant());
        AddForms("capitalized ", char.ToUpperInvariant(Word[0]) + Word[1..]);
    }

    /// <summary>Where it was put.</summary>
    public string Place { get; }

    public string Word { get; }

    /// <summary>The forms in which it is in these octets.</summary>
    public IEnumerable<string> FormsIn(byte[] octets) =>
        forms.Where(form => octets.AsSpan().IndexOf(form.Octets) >= 0).Select(form => form.Form);

    private void AddForms(string style, string word)
    {
        var plain = Encoding.ASCII.GetBytes(word);
        forms.Add((style + "plain", plain));
        forms.Add((style + "UTF-16", Encoding.Unicode.GetBytes(word)));
        forms.Add((style + "UTF-16 big endian", Encoding.BigEndianUnicode.GetBytes(word)));
        forms.Add((style + "hexadecimal", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(plain))));
        for (var offset = 0; offset < 3; offset++)
        {
            // Base64 depends on where in a group of three octets the word begins; its ends depend on its neighbours.
            var shifted = Convert.ToBase64String([.. new byte[offset], .. plain]);
            var start = offset == 0 ? 0 : 4;
            forms.Add(($"{style}base64 at {offset}", Encoding.ASCII.GetBytes(shifted[start..^4])));
        }
    }
}
