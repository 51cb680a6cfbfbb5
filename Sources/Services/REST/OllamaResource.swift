import Catalog
import FoundationEssentials
import HTTP
import HTTPTypes
import Wire

/// The parts of Ollama's API that read (ollama/docs/api.md), for tools that look for models there: `/api/version`,
/// `/api/tags`, `/api/ps` and `/api/show`. Each takes the parameter `namespace` and ignores all others.
struct OllamaResource: Sendable {
  /// The name of all these routes in metrics.
  private static let label = "/api/*"
  /// The largest body of `/api/show`, in bytes: it holds a name.
  private static let bodyLimit = 16_384

  private let reader: CatalogReader
  private let lists: ModelListResponder
  private let version: [UInt8]

  init(_ environment: ServiceEnvironment) {
    reader = CatalogReader(environment)
    lists = ModelListResponder(environment)
    var json = Array(#"{"version":"#.utf8)
    JSONText.append(environment.version, to: &json)
    version = json + [UInt8(ascii: "}")]
  }

  var routes: [Route] {
    [
      Route(.get, "/api/version", label: Self.label) { [version] _, _ in Self.response(version) },
      Route(.get, "/api/tags", label: Self.label) { [lists] request, _ in
        eventually(ErrorForm(request)) { () throws(OpenAIError) in
          try lists.respond(to: request, try Query(of: request).keeping("namespace"), shape: .ollama)
        }
      },
      Route(.get, "/api/ps", label: Self.label) { [lists] request, _ in
        eventually(ErrorForm(request)) { () throws(OpenAIError) in
          let query = try Query(of: request).keeping("namespace")
          return try lists.respond(to: request, query.filtered(Self.running), shape: .ollamaRunning)
        }
      },
      Route(.post, "/api/show", label: Self.label) { [self] request, _ in
        eventually(ErrorForm(request)) { () throws(OpenAIError) in .now(try show(request)) }
      },
    ]
  }

  /// A model with a replica that is ready is in memory, as Ollama has it.
  private static let running = "state = READY OR state = DEGRADED"

  private func show(_ request: Request) throws(OpenAIError) -> Response {
    let namespace = try restParameter { () throws(QueryError) in try Query(request.query).value("namespace") }
    let name = try Self.name(request.body)
    for id in Self.ids(name) {
      let found = try restRead { () throws(ReadError) -> ModelRef? in
        let read = try GetRead(id: id, namespace: namespace, view: .basic, atRevision: 0, idField: "model")
        do throws(ReadError) {
          return try reader.modelNow(read)
        } catch .modelNotFound {
          return nil
        }
      }
      if let found { return Self.response(ollamaShowJSON(found.model)) }
    }
    throw .modelNotFound(name)
  }

  /// The ids that a name may mean, in order: Ollama takes a name without a tag for the name with the tag `latest`.
  private static func ids(_ name: String) -> [String] {
    let latest = ":latest"
    if name.hasSuffix(latest) { return [name, String(name.dropLast(latest.count))].filter { !$0.isEmpty } }
    let hasTag = name.utf8.reversed().prefix { $0 != UInt8(ascii: "/") }.contains(UInt8(ascii: ":"))
    return hasTag ? [name] : [name, name + latest]
  }

  /// The name of the model that a body asks for: `{"model": "..."}`, or `name` as older clients write it.
  private static func name(_ body: [UInt8]) throws(OpenAIError) -> String {
    guard !body.isEmpty else { throw .invalid("The request has no body: send {\"model\": \"...\"}.") }
    guard body.count <= bodyLimit else { throw OpenAIError(.contentTooLarge(limit: bodyLimit)) }
    guard let show = try? JSONDecoder().decode(ShowRequest.self, from: Data(body)) else {
      throw .invalid("The body is no JSON object with a text in \"model\".")
    }
    for name in [show.model, show.name] {
      if let name, !name.isEmpty { return name }
    }
    throw .invalid("\"model\" is missing.", param: "model")
  }

  private static func response(_ json: [UInt8]) -> Response {
    var fields = HTTPFields.movingJSON
    fields[.server] = serverName
    return Response(status: .ok, fields: fields, body: .bytes([json[...]]))
  }
}

/// The body of `/api/show`, as far as Rollcall reads it.
private struct ShowRequest: Decodable {
  var model: String?
  var name: String?
}

extension Query {
  /// The parameters of one name.
  func keeping(_ name: String) -> Query {
    Query(parameters.filter { $0.name == name })
  }

  fileprivate func filtered(_ filter: String) -> Query {
    Query(parameters + [Parameter(name: "filter", value: filter)])
  }
}
