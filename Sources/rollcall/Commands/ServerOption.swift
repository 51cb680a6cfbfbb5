internal import ArgumentParser

/// The server that a command calls.
struct ServerOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("Where `rollcall serve` listens (default: 127.0.0.1:8080).", valueName: "host:port"),
    transform: { try HostPort($0) })
  var server = HostPort(host: "127.0.0.1", port: 8080)
}
