internal import GRPC
internal import Transport
internal import Wire

/// The connection of a command to a server, with errors for the user.
struct CatalogConnection {
  let server: HostPort
  let client: CatalogClient
  private let connection: GRPCConnection

  /// Connects to the server. Throws `CommandError` when no server answers there.
  init(_ server: HostPort) async throws {
    self.server = server
    do {
      connection = try await GRPCConnection.connect(host: server.host, port: server.port)
    } catch let status as Status {
      throw CommandError(
        "\(status.message): start `rollcall serve`, or give its address with --server HOST:PORT")
    }
    client = CatalogClient(connection)
  }

  func close() async {
    await connection.close()
  }

  /// Makes one call to a server on a connection of its own. `texts`: the filter and the order of the request by the
  /// names of their fields, so that an error can quote the text that the server refuses.
  static func call<Answer: Sendable>(
    _ server: HostPort, texts: [String: String] = [:], _ body: (CatalogClient) async throws -> Answer
  ) async throws -> Answer {
    let connection = try await CatalogConnection(server)
    do {
      let answer = try await body(connection.client)
      await connection.close()
      return answer
    } catch let status as Status {
      await connection.close()
      throw RejectedQuery.error(status, texts, from: server) ?? CommandError(status, from: server)
    }
  }
}
