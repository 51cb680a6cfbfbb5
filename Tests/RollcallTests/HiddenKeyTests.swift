import ArgumentParser
import Catalog
import Fleet
import Sources
import Testing
import Wire

@testable import rollcall

/// Nothing that a user reads holds a key, wherever in the settings the key stands.
@Suite("Hidden keys")
struct HiddenKeyTests {
  /// Pieces of the keys that the tests hide; no other text holds them.
  static let pieces = ["hush", "HUSH", "sekret"]

  static func expectNone(_ text: String, _ place: String, at location: SourceLocation = #_sourceLocation) {
    for piece in pieces where text.contains(piece) {
      Issue.record("\(place): \(text)", sourceLocation: location)
    }
  }

  /// What a file of engines makes the server say.
  private static func answer(toFile text: String) -> String {
    do {
      return try EngineFile.content(text, file: "f.yaml").notices.joined(separator: "\n")
    } catch {
      return "\(error)"
    }
  }

  static let arguments = [
    "http://a:1,key=hush,sekret", "http://a:1,key=hush,sekret=", "http://a:1,key=hush,sekret,kind=vllm",
    "http://a:1,key=hush,key=sekret", "http://a:1,key=hush,kind=sekret", "http://a:1,key=hush,kind=vllm,kind=sekret",
    "http://a:1,key=hush,key-env=SEKRET", "http://a:1,HUSHsekret=", "http://a:1,key=hush,labels.x=\u{7}",
    "http://a:1,key=hush,labels.x=1,labels.x=2", "http://a:1,key=hush,namespace=Sek ret", "http://a:1,id=hush sekret",
    "http://a:1,namespace=HUSH", "http://a:1,cluster=HUSH", "http://a:1,draining=hush", "http://a:1,timeout=hush",
    "http://a:1,proof-timeout=hush", "http://a:1,auth=hush", "http://a:1,auth=header:hush hush", "http://a:1,list=hush",
    "http://a:1,health=/a?key=hush", "http://a:1,metrics=hush", "http://a:1,insecure=hush",
    "http://a:1,server-name=hush/sekret", "http://a:1,cert-key-file=hush", "http://a:1,hush", "http://a:1,=hush",
    "http://user:hush@a:1", "https://user:hush@a:1,kind=none", "user:hush@a:1", "http://hush:sekret@", "sk-hush",
    "hush:sekret", "hush://sekret", "http://a:hush", "http://a:1/?key=hush", "http://a:1/#hush",
    "http://a:1/hu sh/hush",
    "http://a?key=hush", "http://a:1/\u{E9}hush", "key=hush", "http://a:1,key=hush,http://user:sekret@b:1", "",
  ]

  @Test func `errors of the command line`() async throws {
    for argument in Self.arguments {
      for flag in ["--engine", "--dns", "--peer"] {
        let error = #expect(throws: (any Error).self, "\(flag) \(argument)") {
          try ServeCommand.parse([flag, argument])
        }
        if let error { Self.expectNone(ServeCommand.message(for: error), "serve \(flag)") }
      }
      let error = #expect(throws: (any Error).self, "\(argument)") {
        try RegisterCommand.parse(["--engine", argument])
      }
      if let error { Self.expectNone(RegisterCommand.message(for: error), "register") }
    }
  }

  @Test func `errors about arguments that no flag takes`() async throws {
    let engine = "http://user:sekret@a:1,kind=vllm,key=hush,hush"
    for arguments in [
      ["serve", engine], ["serve", "--engin", engine], ["serve", "--engin=\(engine)"], ["serve", "--listen", engine],
      ["serve", "--engine", engine], ["register", engine], ["register", "--engine", engine, "--ttl", engine], [engine],
      ["list", "--server", engine], ["serve", "--config", engine], ["serve", "--engines-file=x", "--limit=\(engine)"],
    ] {
      let (output, errors, code) = try await RunningCommand.run(arguments)
      #expect(code != 0, "\(arguments)")
      #expect(!errors.isEmpty)
      Self.expectNone(output + errors, arguments.joined(separator: " "))
    }
  }

  @Test func `errors of the environment`() {
    for argument in Self.arguments where !argument.isEmpty {
      for name in ["ROLLCALL_ENGINE", "ROLLCALL_DNS", "ROLLCALL_PEER"] {
        var variables = EnvironmentVariables([name: argument])
        let error = #expect(throws: (any Error).self, "\(argument)") { try SettingsLayer(&variables) }
        if let error { Self.expectNone("\(error)", name) }
      }
    }
  }

  @Test(arguments: [
    "engines: [{url: http://a, key: hush, kind: sekret}]", "engines: [{url: http://a, key:hush}]",
    "engines: [{url: http://a, sk-hush}]", "engines:\n- url: http://a\n  key:hush\n",
    "engines:\n- url: http://a\n  key: hush\n sekret: 1\n", "engines:\n- url: http://a\n  key: \"hush\n",
    "engines:\n- url: http://a\n  key: hush\u{1}sekret\n", "engines:\n- url: http://a\n  key: *hush\n",
    "engines:\n- url: http://a\n  key: !!hush [sekret]\n", "engines:\n- url: http://a\n  key: {hush: sekret}\n",
    "engines:\n- url: http://a\n  key: hush\n  key: sekret\n", "engines:\n- url: http://a\n  key: hush\n\tkey_env: x\n",
    "engines:\n- url: http://user:hush@a\n", "engines:\n- url: http://a?key=hush\n", "engines:\n- url: hush\n",
    "engines:\n- hush\n", "engines: hush", "engines:\n- url: http://a\n  key: hush\n  key_file: sekret\n",
    "engines:\n- url: http://a\n  key: hush: sekret\n", "engines:\n- url: http://a\n  key: 'hush' sekret\n",
    "engines:\n- url: http://a\n  key: @hush\n", "engines:\n- url: http://a\n  key: %hush\n",
    "engines:\n- url: http://a\n  key: [hush\n", "engines:\n- url: http://a\n  key: hush\n  timeout: sekret\n",
    "engines:\n- url: http://a\n  key: hush\n  auth: sekret\n", "engines:\n- url: http://a\n  labels: hush\n",
    "engines:\n- url: http://a\n  key: hush\n- url: http://a\n  key: sekret\n",
  ])
  func `errors of files`(text: String) {
    let error = #expect(throws: (any Error).self) { try SettingsLayer(text, file: "c.yaml") }
    if let error { Self.expectNone("\(error)", text) }
    Self.expectNone(Self.answer(toFile: text), text)
  }

  @Test(arguments: [
    "[{targets: ['user:hush@a:1']}]", "[{targets: ['a:hush']}]", "[{targets: ['a:1/?hush']}]",
    "[{targets: ['a:1'], labels: {__scrape_timeout__: hush}}]", "[{targets: [hush: sekret]}]",
    "[{targets: ['a:1'], labels: {__scheme__: hush}}]", "[{targets: hush}]", "[{targets: ['a:1'], labels: hush}]",
  ])
  func `errors of targets`(text: String) {
    let answer = Self.answer(toFile: text)
    #expect(!answer.isEmpty)
    Self.expectNone(answer, text)
  }

  @Test func `errors about registrations`() {
    let bodies: [(inout Registration) -> Void] = [
      { $0.url = "http://user:hush@a" }, { $0.url = "http://a?key=hush" }, { $0.url = "hush" }, { $0.kind = "hush" },
      { $0.namespace = "Hush hush" }, { $0.cluster = "Hush hush" }, { $0.engineID = "hush hush" },
      { $0.labels = ["x": "hush\u{7}"] }, { $0.options = ["key": "hush"] }, { $0.options = ["hush": "x"] },
      { $0.options = ["auth": "hush"] }, { ($0.keyEnv, $0.keyFile) = ("hush", "sekret") },
    ]
    for change in bodies {
      var registration = Registration(leaseID: "a", url: "http://a:1")
      change(&registration)
      let error = #expect(throws: RegistrationError.self) { try registration.engineSpec(in: "") }
      guard case .invalid(_, let text) = error else { continue }
      Self.expectNone(text, "registration")
    }
  }

  @Test func `what is printed of an engine`() throws {
    let spec = try EngineSpec(argument: "https://a:1,key=hush:sekret,auth=basic,insecure=true")
    var dumped = ""
    dump(spec, to: &dumped)
    Self.expectNone("\(spec) \(String(reflecting: spec)) \(dumped)", "description")
  }
}
