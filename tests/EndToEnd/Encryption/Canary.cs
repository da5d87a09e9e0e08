using System.Security.Cryptography;
using System.Text;

namespace Mailstead.EndToEnd.Encryption;

/// <summary>A word that is nowhere else, in every form in which it could lie about.</summary>
internal sealed class Canary
{
    private const string Beginning = "canary";
    private static readonly List<(string Form, byte[] Octets)> Beginnings = FormsOf(Beginning);

    private readonly List<(string Form, byte[] Octets)> forms;

    public Canary(string place)
    {
        Place = place;
        Word = Beginning + RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz", 18);
        forms = FormsOf(Word);
    }

    /// <summary>Where it was put.</summary>
    public string Place { get; }

    public string Word { get; }

    /// <summary>False: no canary at all is in these octets. Many octets are looked through sooner so.</summary>
    public static bool MayBeIn(byte[] octets) => Beginnings.Exists(form => octets.AsSpan().IndexOf(form.Octets) >= 0);

    /// <summary>The forms in which it is in these octets.</summary>
    public IEnumerable<string> FormsIn(byte[] octets) =>
        forms.Where(form => octets.AsSpan().IndexOf(form.Octets) >= 0).Select(form => form.Form);

    private static List<(string Form, byte[] Octets)> FormsOf(string word)
    {
        List<(string Form, byte[] Octets)> forms = [];
        AddForms(forms, "", word);
        AddForms(forms, "upper-case ", word.ToUpperInvariant());
        AddForms(forms, "capitalized ", char.ToUpperInvariant(word[0]) + word[1..]);
        return forms;
    }

    private static void AddForms(List<(string Form, byte[] Octets)> forms, string style, string word)
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
