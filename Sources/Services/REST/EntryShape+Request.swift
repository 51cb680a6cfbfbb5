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
  /// The form of Ollama and of LM Studio, `{"error":"..."}`, for every path under `/api`.
  case bare

  init(_ request: Request) {
    guard !request.path.utf8.starts(with: "/api/".utf8) else {
      self = .bare
      return
    }
    let isCodex = request.query?.contains("client_version=") ?? false
    self = request[.anthropicVersion] == nil || isCodex ? .openAI : .anthropic
  }

  func response(_ error: OpenAIError) -> Response {
    switch self {
    case .openAI: error.response
    case .anthropic: error.anthropicResponse
    case .bare: error.bareResponse
    }
  }
}

extension HTTPField.Name {
  static let anthropicVersion = HTTPField.Name("anthropic-version")!
}
