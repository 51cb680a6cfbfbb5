import ArgumentParser
import HTTP
import Testing

@testable import rollcall

@Suite struct AllowedOriginSettingTests {
  private func settings(
    flags: [String] = [], environment: [String: String] = [:], file: String = "in_memory: true"
  ) throws -> ServeSettings {
    let serve = try ServeCommand.parse(["--engine", "http://z:1"] + flags)
    var variables = EnvironmentVariables(environment)
    return try ServeSettings(
      commandLine: serve.commandLine, environment: try SettingsLayer(&variables),
      file: try SettingsLayer(file + "\nin_memory: true", file: "c.yaml"))
  }

  @Test func `no origin is allowed and Ollama's API is on unless a setting says otherwise`() throws {
    #expect(try settings(file: "").allowedOrigins == nil)
    #expect(try settings(file: "").servesOllama)
    #expect(try !settings(flags: ["--no-ollama-api"], file: "").servesOllama)
    #expect(try settings(environment: ["ROLLCALL_NO_OLLAMA_API": "false"], file: "no_ollama_api: true").servesOllama)
  }

  @Test func `the command line wins over the environment, and the environment over the file`() throws {
    let file = "allow_origins: [http://f, 'http://g,http://h']"
    let variable = ["ROLLCALL_ALLOW_ORIGIN": "*"]
    #expect(try settings(file: file).allowedOrigins == .these(["http://f", "http://g", "http://h"]))
    #expect(try settings(environment: variable, file: file).allowedOrigins == .any)
    let flags = ["--allow-origin", "http://a", "--allow-origin", "HTTP://B:8080"]
    #expect(
      try settings(flags: flags, environment: variable, file: file).allowedOrigins
        == .these(["http://a", "http://b:8080"]))
    #expect(try settings(file: "allow_origins: '*'").allowedOrigins == .any)
  }

  @Test(arguments: [["http://a/"], ["here"], ["*,http://a"], ["*", "http://a"], [""]])
  func `a mistake on the command line ends the command`(values: [String]) {
    #expect(throws: (any Error).self) {
      try ServeCommand.parse(["--engine", "http://z:1"] + values.flatMap { ["--allow-origin", $0] })
    }
  }
}
