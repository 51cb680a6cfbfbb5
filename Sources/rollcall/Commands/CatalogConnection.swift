internal import GRPC
internal import Transport
internal import Wire

/// A connection of a command to a server, with errors for the person at the terminal.
struct CatalogConnection {
  let server: HostPort
  let client: CatalogClient
  private let connection: GRPCConnection

  /// Throws `CommandError` when nobody answers there.
  init(_ server: HostPort) async throws {
    self.server = server
    do {
      connection = try await GRPCConnection.connect(host: server.host, port: server.port)
    } catch let status as Status {
      throw CommandError(
        "\(status.message): start `rollcall serve`, or say where it listens with --server HOST:PORT")
    }
    client = CatalogClient(connection)
  }

  func close() async {
    await connection.close()
  }

  /// What one question to a server is answered; the connection is closed afterwards. `texts`: those of the question that
  /// a server may not understand, by the names of their fields.
  static func ask<Answer: Sendable>(
    _ server: HostPort, texts: [String: String] = [:], _ question: (CatalogClient) async throws -> Answer
  ) async throws -> Answer {
    let connection = try await CatalogConnection(server)
    do {
      let answer = try await question(connection.client)
      await connection.close()
      return answer
    } catch let status as Status {
      await connection.close()
      throw QueryComplaint.error(status, texts, from: server) ?? CommandError(status, from: server)
    }
  }
}

extension CommandError {
  /// What a server answered instead.
  init(_ status: Status, from server: HostPort) {
    let advice =
      switch status.code {
      case .unavailable: "; it may still be starting: try again in a moment"
      case .unimplemented: "; it does not seem to be a Rollcall of this version"
      case .deadlineExceeded: "; it took too long"
      case .permissionDenied: "; ask it from its own machine, or start it with --admin-insecure"
      default: ""
      }
    self.init("\(server) answered \(status.code.name): \(status.message)\(advice)")
  }
}
