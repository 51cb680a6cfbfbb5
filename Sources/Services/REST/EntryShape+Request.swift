import HTTP
import HTTPTypes
import Wire

extension EntryShape {
  /// The shape that the client reads: Codex's for a request with `client_version`, Anthropic's for a request with
  /// `anthropic-version`, otherwise OpenAI's. The query takes precedence over a field that a client sends with every
  /// request.
  init(_ request: Request, _ query: Query) throws(QueryError) {
    if try query.value("client_version") != nil {
      self = .codex
    } else {
      self = request[.anthropicVersion] == nil ? .openAI : .anthropic
    }
  }
}

/// The format in which the client of a request reads errors.
enum ErrorForm: Hashable, Sendable {
  case openAI
  case anthropic

  init(_ request: Request) {
    let isCodex = request.query?.contains("client_version=") ?? false
    self = request[.anthropicVersion] == nil || isCodex ? .openAI : .anthropic
  }

  func response(_ error: OpenAIError) -> Response {
    self == .anthropic ? error.anthropicResponse : error.response
  }
}

extension HTTPField.Name {
  static let anthropicVersion = HTTPField.Name("anthropic-version")!
}
