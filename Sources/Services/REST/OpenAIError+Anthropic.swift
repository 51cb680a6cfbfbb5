package import HTTP
import HTTPTypes

/// The same errors in the format of Anthropic's API (https://platform.claude.com/docs/en/api/errors):
/// `{"type":"error","error":{"type","message"}}`.
extension OpenAIError {
  package var anthropicResponse: Response {
    var bytes = Array(#"{"type":"error","error":{"type":"#.utf8)
    JSONText.append(anthropicType, to: &bytes)
    bytes.append(contentsOf: #","message":"#.utf8)
    JSONText.append(message, to: &bytes)
    bytes.append(contentsOf: "}}\n".utf8)
    return Response(status: status, fields: fields, body: .bytes([bytes[...]]))
  }

  /// The same error in the form of Ollama and LM Studio: `{"error":"..."}`.
  package var bareResponse: Response {
    var bytes = Array(#"{"error":"#.utf8)
    JSONText.append(message, to: &bytes)
    bytes.append(contentsOf: "}\n".utf8)
    return Response(status: status, fields: fields, body: .bytes([bytes[...]]))
  }

  private var anthropicType: String {
    switch status.code {
    case 401: "authentication_error"
    case 403: "permission_error"
    case 404: "not_found_error"
    case 413: "request_too_large"
    case 429: "rate_limit_error"
    case 503: "overloaded_error"
    case 500...: "api_error"
    default: "invalid_request_error"
    }
  }
}
