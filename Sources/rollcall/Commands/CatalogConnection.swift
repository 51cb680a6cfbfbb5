internal import GRPC
internal import Transport
internal import Wire

/// The connection of a command to a server, with errors for the user.
struct CatalogConnection {
  let server: ServerPlace
  let client: CatalogClient
  private let connection: GRPCConnection

  /// Connects to the server. Throws `CommandError` when no server answers there.
  init(_ server: ServerPlace) async throws {
    self.server = server
    var configuration = ClientConfiguration()
    configuration.tls = server.tls
    do {
      connection = try await GRPCConnection.connect(
        host: server.address.host, port: server.address.port, configuration: configuration)
    } catch let status as Status {
      let advice =
        server.tls == nil
        ? "start `rollcall serve`, or give its address with --server HOST:PORT"
        : "check --server, --ca and --server-name"
      throw CommandError("\(status.message): \(advice)")
    }
    client = CatalogClient(connection)
  }

  func close() async {
    await connection.close()
  }

  /// Makes one call to a server on a connection of its own. `texts`: the filter and the order of the request by the
  /// names of their fields, so that an error can quote the text that the server refuses.
  static func call<Answer: Sendable>(
    _ server: ServerPlace, texts: [String: String] = [:], _ body: (CatalogClient) async throws -> Answer
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
