using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Mailstead.Cluster.Harness;

namespace Mailstead.EndToEnd.Telemetry;

/// <summary>A span as it was exported.</summary>
internal sealed record Span(string TraceId, string SpanId, string ParentId, string Name);

/// <summary>Takes OTLP over HTTP (opentelemetry-proto, trace and metrics services) and keeps what the tests ask about.</summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener listener = new();

    public Collector()
    {
        Address = $"http://127.0.0.1:{FreePorts.Take(1)[0]}";
        listener.Prefixes.Add(Address + "/");
        listener.Start();
        _ = TakeAsync();
    }

    public string Address { get; }

    public ConcurrentQueue<Span> Spans { get; } = [];

    /// <summary>Everything that came, for a look at what must not be in it.</summary>
    public ConcurrentQueue<byte[]> Bodies { get; } = [];

    public ConcurrentQueue<string> Paths { get; } = [];

    public void Dispose() => listener.Close();

    private async Task TakeAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Bodies.Enqueue(body.ToArray());
                Paths.Enqueue(context.Request.Url!.AbsolutePath);
                // ExportTraceServiceRequest.resource_spans = 1, ResourceSpans.scope_spans = 2, ScopeSpans.spans = 2
                if (context.Request.Url.AbsolutePath == "/v1/traces")
                {
                    foreach (var span in Inside(Inside(Inside([body.ToArray()], 1), 2), 2))
                        Spans.Enqueue(ToSpan(span));
                }

                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static Span ToSpan(byte[] span)
    {
        // Span: trace_id = 1, span_id = 2, parent_span_id = 4, name = 5
        string Hex(int field) => Convert.ToHexStringLower(Inside([span], field).SingleOrDefault() ?? []);
        return new Span(Hex(1), Hex(2), Hex(4), Encoding.UTF8.GetString(Inside([span], 5).Single()));
    }

    /// <summary>The values of a length-delimited field in these messages.</summary>
    private static List<byte[]> Inside(IEnumerable<byte[]> messages, int field)
    {
        var values = new List<byte[]>();
        foreach (var message in messages)
        {
            var input = new CodedInputStream(message);
            while (input.ReadTag() is > 0 and var tag)
            {
                if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                    values.Add(input.ReadBytes().ToByteArray());
                else
                    input.SkipLastField();
            }
        }

        return values;
    }
}
