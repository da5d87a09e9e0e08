using System.Net;
using System.Net.Sockets;

namespace Mailstead.Cluster.Harness;

/// <summary>Ports that nobody has, on loopback.</summary>
internal static class FreePorts
{
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners)
            listener.Stop();
        return ports;
    }

    /// <summary>One that nobody has over UDP either, as a name server needs it.</summary>
    public static int TakeOfBothKinds()
    {
        while (true)
        {
            var port = Take(1)[0];
            try
            {
                using var probe = new UdpClient(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it there.
            }
        }
    }
}
