import Foundation
import FoundationNetworking
import Simulator
import Testing

@Suite("The program, run", .serialized)
struct ServeTests {
  /// A simulated fleet, a configuration file that names it, and a server of it.
  private final class Stage: Sendable {
    let fleet: SimulatedFleet
    let file: URL
    let server: RunningCommand
    let address: String
    let data: URL

    /// The server keeps what it knows in a directory of its own, or nowhere.
    init(_ shape: FleetShape, isKept: Bool = false) async throws {
      fleet = try await SimulatedFleet.start(shape)
      file = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID().uuidString).yaml")
      try fleet.configuration.write(to: file, atomically: true, encoding: .utf8)
      data = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID().uuidString)")
      server = try RunningCommand(Self.arguments(file, "127.0.0.1:0", data: isKept ? data : nil))
      let (server, isListening) = (server, "rollcall: listening on http://")
      guard try await eventually({ server.output.hasSuffix("\n") }), server.output.hasPrefix(isListening) else {
        throw Failure(description: server.errors)
      }
      address = server.output.dropFirst(isListening.count).trimmingCharacters(in: .newlines)
    }

    private struct Failure: Error, CustomStringConvertible {
      var description: String
    }

    static func arguments(_ file: URL, _ listen: String, data: URL? = nil) -> [String] {
      ["serve", "--config", file.path(), "--listen", listen, "--probe-interval", "200ms", "--threads", "1"]
        + (data.map { ["--data", $0.path()] } ?? ["--in-memory"])
    }

    func list(_ options: String...) async throws -> String {
      try await RunningCommand.run(["list", "--server", address] + options).output
    }

    func end() async {
      server.send(SIGTERM)
      #expect(await server.exitCode() == 0)
      await fleet.shutdown()
      try? FileManager.default.removeItem(at: file)
      try? FileManager.default.removeItem(at: data)
    }
  }

  @Test func `the commands list and watch the models of the fleet`() async throws {
    let stage = try await Stage(FleetShape(engines: 2, adapters: 1, replicas: 2))
    try await expectEventually {
      try await stage.list().contains("sim-org/model-000  BASE     READY       2/2     8192")
    }
    let got = try await RunningCommand.run(
      ["get", "sim-org/model-000", "--server", stage.address, "--view", "full", "--output", "json"])
    #expect(got.code == 0)
    #expect(got.output.contains(#""endpoint": "\#(stage.fleet.engines[0].url)""#))
    let unknown = try await RunningCommand.run(["get", "ghost", "--server", stage.address])
    #expect(unknown.code == 1)
    #expect(unknown.errors.contains(#"there is no model "ghost""#))

    let watch = try RunningCommand(["watch", "--server", stage.address, "--output", "json"])
    try await expectEventually { watch.output.contains(#"{"type":"SYNCED","#) }
    try stage.fleet.loadAdapter("support", on: 1)
    try await expectEventually {
      watch.output.contains(#"{"type":"ADDED","revision":"#) && watch.output.contains("support")
    }
    try await stage.fleet.set(.gone, 0)
    try await expectEventually { watch.output.contains(#""state":"DEGRADED""#) }
    watch.send(SIGINT)
    #expect(await watch.exitCode() == 0)
    await stage.end()
  }

  @Test func `the metrics show every sample once`() async throws {
    let stage = try await Stage(FleetShape(engines: 2))
    try await expectEventually { try await stage.list().contains("model-000") }
    let url = try #require(URL(string: "http://\(stage.address)/metrics"))
    let (data, _) = try await URLSession.shared.data(from: url)
    let samples = String(decoding: data, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    let names = samples.map { $0[..<($0.lastIndex(of: " ") ?? $0.endIndex)] }
    #expect(Set(names).count == names.count)
    for name in ["rollcall_models", "rollcall_engines", "rollcall_probes_total", "rollcall_connections"] {
      #expect(names.contains { $0.hasPrefix(name) }, "\(name) is missing")
    }
    await stage.end()
  }

  @Test func `a reload takes a good file and refuses a bad file`() async throws {
    let stage = try await Stage(FleetShape(engines: 2, replicas: 1))
    try await expectEventually { try await stage.list().contains("model-001") }
    let watch = try RunningCommand(["watch", "--server", stage.address])
    try await expectEventually { watch.errors.contains("this is the whole list") }

    try "engines: [{url: ftp://x}]".write(to: stage.file, atomically: true, encoding: .utf8)
    stage.server.send(SIGHUP)
    try await expectEventually { stage.server.errors.contains("configuration is refused, the old one stays") }
    #expect(try await stage.list().contains("model-001"))

    try "engines: [{url: '\(stage.fleet.engines[0].url)'}]".write(to: stage.file, atomically: true, encoding: .utf8)
    stage.server.send(SIGHUP)
    try await expectEventually { watch.output.contains("REMOVED   -            -      sim-org/model-001") }
    #expect(watch.errors.split(separator: "\n").count == 1, "the connection was not dropped")
    #expect(try await !stage.list().contains("model-001"))
    watch.send(SIGTERM)
    #expect(await watch.exitCode() == 0)
    await stage.end()
  }

  @Test func `a watch outlives its server`() async throws {
    let stage = try await Stage(FleetShape(engines: 1))
    try await expectEventually { try await stage.list().contains("model-000") }
    let watch = try RunningCommand(["watch", "--server", stage.address])
    try await expectEventually { watch.errors.contains("this is the whole list") }
    stage.server.send(SIGKILL)
    #expect(await stage.server.exitCode() == nil)
    let again = try RunningCommand(Stage.arguments(stage.file, stage.address))
    // What a new server remembers has another beginning.
    try await expectEventually { watch.errors.contains("RESET") }
    try await expectEventually { watch.output.split(separator: "\n").count == 2 }
    watch.send(SIGINT)
    #expect(await watch.exitCode() == 0)
    again.send(SIGINT)
    #expect(await again.exitCode() == 0)
    await stage.fleet.shutdown()
    try FileManager.default.removeItem(at: stage.file)
  }

  @Test func `a watch resumes at a server that keeps its data`() async throws {
    let stage = try await Stage(FleetShape(engines: 1), isKept: true)
    try await expectEventually { try await stage.list().contains("model-000") }
    let watch = try RunningCommand(["watch", "--server", stage.address])
    try await expectEventually { watch.errors.contains("this is the whole list") }
    let second = try await RunningCommand.run(Stage.arguments(stage.file, "127.0.0.1:0", data: stage.data))
    #expect(second.code == 1)
    #expect(second.errors.contains("Error: the data directory \(stage.data.path()) is in use"))

    stage.server.send(SIGKILL)
    #expect(await stage.server.exitCode() == nil)
    try stage.fleet.loadAdapter("support", on: 0)
    let again = try RunningCommand(Stage.arguments(stage.file, stage.address, data: stage.data))
    try await expectEventually { watch.output.contains("ADDED     READY        1/1    support") }
    #expect(!watch.errors.contains("RESET"))
    #expect(watch.output.split(separator: "\n").count == 2, "what was known before did not come again")
    try await expectEventually { again.errors.contains("info rollcall: loaded changes=1 data=") }

    let diff = try await RunningCommand.run(["diff", "1h", "--server", stage.address])
    #expect(diff.code == 1 || diff.output.contains("support"), "an hour ago may be before everything")
    watch.send(SIGINT)
    #expect(await watch.exitCode() == 0)
    again.send(SIGTERM)
    #expect(await again.exitCode() == 0)
    #expect(FileManager.default.fileExists(atPath: stage.data.appending(path: "rollcall.db").path()))
    await stage.fleet.shutdown()
    try FileManager.default.removeItem(at: stage.file)
    try FileManager.default.removeItem(at: stage.data)
  }

  @Test func `a mistake ends a command with a message and a code`() async throws {
    let fleet = try await SimulatedFleet.start(FleetShape(engines: 1))
    let taken = String(fleet.url.dropFirst("http://".count))
    let twice = try await RunningCommand.run(["serve", "--engine", "http://a:1", "--in-memory", "--listen", taken])
    #expect(twice.code == 1)
    #expect(twice.errors.contains("Error: cannot listen on \(taken): something else listens there"))
    await fleet.shutdown()
    let nobody = try await RunningCommand.run(["list", "--server", taken])
    #expect(nobody.code == 1)
    #expect(nobody.errors.contains("cannot connect to \(taken): connection refused: start `rollcall serve`"))
    for arguments in [
      ["serve"], ["serve", "--engine", "ftp://a"], ["serve", "--engine", "http://a", "--probe-interval", "5"],
      ["serve", "--engine", "http://a", "--data", "d", "--in-memory"], ["list", "--output", "xml"],
      ["simulate", "--engines", "0"], ["get"], ["label", "m"], ["diff"], ["diff", "later"],
      ["get", "m", "--at-revision", "x"],
    ] {
      let refused = try await RunningCommand.run(arguments)
      #expect(refused.code == 64, "\(arguments)")
      #expect(refused.errors.hasPrefix("Error: "))
    }
    let duplicate = try await RunningCommand.run(["serve", "--engine", "http://a:1", "--engine", "http://a:1/v1"])
    #expect(duplicate.code == 1)
    #expect(duplicate.errors.contains("two engines have the id 'a:1'"))
  }

  @Test func `a simulation prints its address and writes its configuration`() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID().uuidString).yaml")
    let command = try RunningCommand(
      ["simulate", "--engines", "2", "--listen", "127.0.0.1:0", "--write-config", file.path()])
    try await expectEventually {
      command.output.hasPrefix("rollcall: 2 simulated engines, controlled at http://127.0.0.1:")
    }
    #expect(try String(contentsOf: file, encoding: .utf8).hasPrefix("engines:\n  - url: http://127.0.0.1:"))
    command.send(SIGTERM)
    #expect(await command.exitCode() == 0)
    try FileManager.default.removeItem(at: file)
  }
}
