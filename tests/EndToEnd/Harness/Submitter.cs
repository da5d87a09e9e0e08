using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>Users' programs that send mail, run against a demo server.</summary>
internal sealed class Submitter(DemoServer demo)
{
    /// <summary>Results of python's smtplib over STARTTLS, as JSON, one for each message.</summary>
    public async Task<JsonElement> SmtplibAsync(string user, object[] messages, string? password = null, bool tls = true)
    {
        var order = JsonSerializer.Serialize(new
        {
            port = demo.Server.Submission,
            ca = demo.Server.CertificateAuthority,
            user,
            password = password ?? demo.PasswordOf(user),
            tls,
            messages,
        });
        return await RunAsync("python3", "submit.py", order);
    }

    /// <summary>Results of nodemailer, as JSON, one for each message.</summary>
    public async Task<JsonElement> NodemailerAsync(string user, bool isImplicitTls, string mechanism, params object[] messages)
    {
        var order = JsonSerializer.Serialize(new
        {
            transport = new
            {
                host = "localhost",
                port = isImplicitTls ? demo.Server.SubmissionTls : demo.Server.Submission,
                secure = isImplicitTls,
                requireTLS = true,
                authMethod = mechanism,
                auth = new { user, pass = demo.PasswordOf(user) },
                tls = new { caFile = demo.Server.CertificateAuthority },
            },
            messages,
        });
        return await RunAsync("node", "submit.mjs", order);
    }

    private static async Task<JsonElement> RunAsync(string program, string script, string order)
    {
        var output = await Tool.MustAsync(program, [Path.Combine(Repository.Clients, script)], input: order, seconds: 120);
        using var answer = JsonDocument.Parse(output);
        return answer.RootElement.Clone();
    }
}
