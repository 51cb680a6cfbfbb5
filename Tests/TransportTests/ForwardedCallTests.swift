import GRPC
import Testing

@testable import Transport

/// Where a call comes from, for the rule that only this machine administers the server.
@Suite struct ForwardedCallTests {
  private func loopback(_ fields: [(String, String)]) async throws -> String? {
    var found: String?
    try await withEcho { connection, _, _, _ in
      var options = CallOptions()
      options.metadata.append("x-where", "?")
      for (name, value) in fields { options.metadata.append(name, value) }
      let response = try await connection.unary("/test.Echo/Unary", [1], options: options)
      found = response.trailingMetadata["x-loopback"]
    }
    return found
  }

  @Test func `a call on a loopback connection comes from this machine`() async throws {
    #expect(try await loopback([]) == "true")
    // Fields that only look alike.
    #expect(try await loopback([("x-forward", "1"), ("viable", "2"), ("x-trace", "via")]) == "true")
  }

  @Test(arguments: [
    "forwarded", "via", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip",
    "x-envoy-external-address",
  ])
  func `a call that a proxy has forwarded comes from elsewhere`(field: String) async throws {
    #expect(try await loopback([(field, "127.0.0.1")]) == "false")
    #expect(try await loopback([(field, "")]) == "false")
  }
}
