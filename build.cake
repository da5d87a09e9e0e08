// What ./build.sh can do. Each target is small; what the tests need of the machine is in tests/prepare.sh.
using System.Xml.Linq;

var arguments = (EnvironmentVariable("BUILD_ARGUMENTS") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
// They start no servers: whatever fails there has failed.
var withoutServers = new[] { "Architecture", "Unit", "Charts" };
var suites = new[] { "Architecture", "Unit", "Charts", "Stores", "Cluster", "Conversations", "EndToEnd", "EndToEnd.Cluster", "Drills" };

int Run(string program, params string[] words)
{
    var builder = new ProcessArgumentBuilder();
    foreach (var word in words)
        builder.AppendQuoted(word);
    return StartProcess(program, new ProcessSettings { Arguments = builder });
}

void Must(string program, params string[] words)
{
    var code = Run(program, words);
    if (code != 0)
        throw new CakeException(code, $"{program} {string.Join(' ', words)} ended with {code}");
}

// More that fail at once have one reason, which a second attempt would only hide.
const int AgainMax = 5;

(int Code, List<XElement> Ran) Test(string program, string report, params string[] only)
{
    if (FileExists(report))
        DeleteFile(report);
    var code = Run("dotnet", [$"artifacts/bin/{program}/release/Mailstead.{program}.dll", "-noLogo", "-xml", report, .. only]);
    return (code, FileExists(report) ? [.. XDocument.Load(report).Root!.Elements("assembly")] : []);
}

// What goes wrong while a class is set up or cleaned up.
IEnumerable<XElement> ErrorsIn(List<XElement> ran) => ran.Descendants("error");

bool HasFailed(XElement test) => (string)test.Attribute("result")! == "Fail";

string Method(XElement test) => $"{test.Attribute("type")!.Value}.{test.Attribute("method")!.Value}";

string Name(XElement test) => (string?)test.Attribute("name") ?? "unnamed";

string Reason(XElement test) => test.Descendants("message").FirstOrDefault()?.Value.Split('\n')[0] ?? "";

Task("build-program").Does(() =>
    Must("dotnet", "build", "services/Host", "-c", "Release", "-v", "quiet", "-nologo"));

Task("build").Does(() =>
    Must("dotnet", "build", "Mailstead.slnx", "-c", "Release", "-v", "quiet", "-nologo"));

Task("format").Does(() =>
    Must("dotnet", "format", "Mailstead.slnx", "--verify-no-changes", "--no-restore", "--severity", "warn"));

Task("publish").Does(() =>
{
    Must("dotnet", "publish", "services/Host", "-c", "Release", "-v", "quiet", "-nologo", "--use-current-runtime",
        "--self-contained", "false", "-p:PublishReadyToRun=true", "-o", "artifacts/mailstead");
    Information("artifacts/mailstead/mailstead");
});

Task("prepare-tests").Does(() => Must("bash", "tests/prepare.sh"));

Task("test").IsDependentOn("prepare-tests").IsDependentOn("build").IsDependentOn("publish").Does(() =>
{
    int passed = 0, failed = 0;
    var failures = new List<string>();
    var chosen = arguments.Length > 0 ? arguments : suites;
    EnsureDirectoryExists("artifacts/test-results");
    foreach (var suite in chosen)
    {
        Information($"== {suite}");
        var report = $"artifacts/test-results/{suite}.xml";
        // SUITE.SHAPE: the same tests against another shape of the program.
        var program = suite.Split('.')[0];
        System.Environment.SetEnvironmentVariable("TEST_SHAPE", suite.Contains('.') ? suite.Split('.')[1].ToLowerInvariant() : null);
        var (code, ran) = Test(program, report);
        var tests = ran.Descendants("test").ToList();
        var errors = ErrorsIn(ran).ToList();
        var failedTests = tests.Where(HasFailed).ToList();
        // Dozens of processes share two cores with tests that start servers. What failed there runs once more, alone, and is told of in
        // any case; what the second attempt says holds.
        if (!withoutServers.Contains(suite) && failedTests.Count is > 0 and <= AgainMax)
        {
            string[] again = [.. failedTests.Select(Method).Distinct()];
            Information($"== {suite}, again: {string.Join(", ", again)}");
            var (_, ranAgain) = Test(program, report + ".again", [.. again.SelectMany(method => new[] { "-method", method })]);
            var testsAgain = ranAgain.Descendants("test").ToList();
            // One whose method didn't run again has failed.
            var ranTwice = testsAgain.Select(Method).ToHashSet();
            var failedAgain = testsAgain.Where(HasFailed).Select(Method).ToHashSet();
            failures.AddRange(failedTests.Where(test => ranTwice.Contains(Method(test)) && !failedAgain.Contains(Method(test)))
                .Select(test => $"passed at the second attempt: {Name(test)}: {Reason(test)}"));
            tests = [.. tests.Where(test => !ranTwice.Contains(Method(test))), .. testsAgain];
            var classes = testsAgain.Select(test => test.Attribute("type")!.Value).ToHashSet();
            errors = [.. errors.Where(error => !classes.Contains((string?)error.Attribute("name") ?? "")), .. ErrorsIn(ranAgain)];
            failedTests = [.. tests.Where(HasFailed)];
        }

        var suitePassed = tests.Count(test => (string)test.Attribute("result")! == "Pass");
        var suiteFailed = failedTests.Count + errors.Count;
        // A suite that ended badly without naming a failed test has failed as a whole, and so has one that ran nothing.
        if ((code != 0 && !ran.Descendants("test").Any(HasFailed) && suiteFailed == 0) || suitePassed + suiteFailed == 0)
        {
            suiteFailed++;
            failures.Add($"failed: {suite} ended with {code}");
        }

        failures.AddRange(failedTests.Concat(errors).Select(test => $"failed: {Name(test)}: {Reason(test)}"));
        passed += suitePassed;
        failed += suiteFailed;
    }

    // Told by build.sh when everything else has been said.
    System.IO.File.WriteAllLines("artifacts/test-results/summary", [.. failures, $"{passed} passed, {failed} failed"]);
    if (failed > 0)
        Environment.Exit(1);
});

Task("settings").Does(() =>
{
    Must("dotnet", "build", "tests/Architecture", "-c", "Release", "-v", "quiet", "-nologo");
    System.Environment.SetEnvironmentVariable("WRITE_SETTINGS", "1");
    Must("dotnet", "artifacts/bin/Architecture/release/Mailstead.Architecture.dll", "-noLogo", "-class", "Mailstead.Architecture.Settings.SettingsTests");
});

Task("chart").IsDependentOn("prepare-tests").Does(() =>
{
    Must("dotnet", "build", "tests/Charts", "-c", "Release", "-v", "quiet", "-nologo");
    Must("dotnet", new[] { "artifacts/bin/Charts/release/Mailstead.Charts.dll", "-noLogo" }.Concat(arguments).ToArray());
});

Task("build-cluster").IsDependentOn("prepare-tests").IsDependentOn("publish").Does(() =>
    Must("dotnet", "build", "tests/LocalCluster", "-c", "Release", "-v", "quiet", "-nologo"));

// Drills take a second build of the program, of another version, to roll to.
Task("build-drills").IsDependentOn("prepare-tests").IsDependentOn("publish").Does(() =>
{
    var version = XDocument.Load("Directory.Build.props").Descendants("Version").Single().Value;
    Must("dotnet", "publish", "services/Host", "-c", "Release", "-v", "quiet", "-nologo", "--use-current-runtime", "--self-contained", "false",
        $"-p:Version={version}-next", "--artifacts-path", "artifacts/next", "-o", "artifacts/mailstead-next");
    Must("dotnet", "build", "tests/Drills", "-c", "Release", "-v", "quiet", "-nologo");
});

Task("build-kubernetes").IsDependentOn("prepare-tests").Does(() =>
{
    if (EnvironmentVariable("KUBECONFIG") is null)
        Images(false);
    Must("dotnet", "build", "tests/Kubernetes", "-c", "Release", "-v", "quiet", "-nologo");
});

// The SDK takes its base image from a registry; without one the base is made of this machine's Debian packages.
Task("images").Does(() => Images(!arguments.Contains("local")));

void Images(bool wantsSdk)
{
    const string output = "artifacts/images", app = output + "/app";
    var version = XDocument.Load("Directory.Build.props").Descendants("Version").Single().Value;
    CleanDirectory(output);
    string[] publish =
    [
        "publish", "services/Host", "-c", "Release", "-v", "quiet", "-nologo", "--use-current-runtime", "--self-contained", "true",
        "-p:PublishReadyToRun=true",
    ];
    Must("dotnet", [.. publish, "-o", app]);
    if (wantsSdk && Run("timeout", ["300", "dotnet", .. publish, "-t:PublishContainer",
            "-p:ContainerRepository=mailstead", $"-p:ContainerImageTag={version}", "-p:ContainerFamily=noble-chiseled",
            $"-p:ContainerArchiveOutputPath={MakeAbsolute(Directory(output))}/mailstead-sdk.tar"]) == 0)
    {
        Information($"{output}/mailstead-sdk.tar");
    }
    else if (wantsSdk)
    {
        Information("No registry is in reach for the SDK's base image: the image of Debian packages is the only one.");
    }

    Must("python3", "deploy/local-image.py", app, version, output);
}

Task("bench").IsDependentOn("publish").Does(() =>
{
    Must("dotnet", "build", "tests/Benchmarks", "-c", "Release", "-v", "quiet", "-nologo");
    Must("dotnet", new[] { "artifacts/bin/Benchmarks/release/Mailstead.Benchmarks.dll" }.Concat(arguments).ToArray());
});

RunTarget(Argument("target", "build"));
