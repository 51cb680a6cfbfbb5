import HTTP
import HTTPTypes
import Wire

extension EntryShape {
  /// Codex's for a request with `client_version`, Anthropic's for one with `anthropic-version`, else OpenAI's: the
  /// address counts more than a field that a client sends with every request.
  init(_ request: Request, _ query: Query) throws(QueryError) {
    if try query.value("client_version") != nil {
      self = .codex
    } else {
      self = request[.anthropicVersion] == nil ? .openAI : .anthropic
    }
  }
}

/// How the client that sent a request reads errors.
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
