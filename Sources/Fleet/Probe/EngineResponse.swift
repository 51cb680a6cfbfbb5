import Catalog
package import FoundationEssentials
package import HTTP

/// An engine's response to one request.
package struct EngineResponse: Hashable, Sendable {
  package var status: Int
  /// The `server` header; empty if there was none.
  package var server: String
  package var body: Data
  /// How long the engine asks its clients to wait (`Retry-After`, RFC 9110 section 10.2.3); nil: it does not ask.
  package var retryAfter: Duration?
  /// The address to which the engine sends its clients on, without a query, if it was not followed there, or was without
  /// the key; nil: neither.
  package var redirect: String?

  package init(status: Int, server: String = "", body: Data = Data(), retryAfter: Duration? = nil) {
    self.status = status
    self.server = server
    self.body = body
    self.retryAfter = retryAfter
  }

  /// The status in words, with the address that answered or would, where that is another one.
  var statusText: String {
    guard let redirect else { return String(status) }
    return (300..<400).contains(status)
      ? "\(status), redirected to \(redirect)" : "\(status) at \(redirect), where the key is not sent"
  }

  var isSuccess: Bool { (200..<300).contains(status) }

  /// Whether the engine serves and asks to be asked later.
  var isNotNow: Bool { status == 429 || status == 503 && retryAfter != nil }

  /// Whether a proxy answers like this when no engine is behind it.
  var isGatewayError: Bool { [502, 503, 504].contains(status) }

  /// Whether the server has no such path. Triton answers 400 to every path that it does not know.
  var isAbsence: Bool { [400, 404, 405, 501].contains(status) }

  /// Whether it is a page for people.
  var isPage: Bool { LenientJSON.isHTML(body) }

  /// Whether something that stands before the engine may have written it: a page or a sentence for people. Engines answer
  /// nothing or JSON where they do not serve.
  var isProxy: Bool {
    body.first { $0 > 0x20 }.map { !"{[\"".utf8.contains($0) } ?? false
  }

  /// The body decoded from JSON; nil if it does not have that form.
  func decoded<Value: Decodable>(_ type: Value.Type) -> Value? {
    try? LenientJSON.decode(type, from: body)
  }
}

/// A response, or why there is none.
package enum ExchangeResult: Hashable, Sendable {
  case response(EngineResponse)
  case failure(ProbeFailure)

  var response: EngineResponse? {
    if case .response(let answer) = self { answer } else { nil }
  }
}

/// Why there is no response to a request.
package enum ProbeFailure: Error, Hashable, Sendable {
  /// No process listens there. This cannot be a lost packet, so one failure is enough.
  case connectionRefused
  /// No connection in time.
  case timedOut
  /// A connection, and no answer in time.
  case unanswered
  /// Closed before the head of an answer.
  case closed
  case nameNotFound
  /// No engine may be there (`EgressPolicy`); the reason is in words.
  case notAllowed(String)
  /// No name server answers, or none can say which addresses the host has.
  case nameServerSilent
  case tls
  /// No connection by TLS, for a known cause.
  case certificate(CertificateFault)
  /// Closed in the middle of the body.
  case truncated
  /// The body passed this many bytes.
  case tooLarge(limit: Int)
  case notHTTP
  case other(String)
  /// The request did not reach the network, for a reason of this process.
  case own(OwnFailure)

  /// The failure in words, for people.
  package var text: String {
    switch self {
    case .connectionRefused: "connection refused"
    case .timedOut: "timed out"
    case .unanswered: "timed out: the engine accepts connections and does not answer"
    case .closed: "connection closed without an answer"
    case .nameNotFound: "the host name cannot be resolved"
    case .notAllowed(let problem): "not connected: \(problem)"
    case .nameServerSilent: "the host name is not resolved: the name server does not answer"
    case .tls: "no TLS connection"
    case .certificate(let fault): "no TLS connection: \(fault.text)"
    case .truncated: "the answer is truncated"
    case .tooLarge(let limit): "the answer is larger than \(limit) bytes"
    case .notHTTP: "the answer is not HTTP"
    case .other(let reason): reason
    case .own(let failure): failure.text
    }
  }

  /// The trouble of this process; nil: it is none.
  var own: OwnFailure? {
    if case .own(let failure) = self { failure } else { nil }
  }

  /// `asked`: the request in words.
  package func outcome(of asked: String) -> ProbeOutcome {
    let text = "\(asked): \(text)"
    return switch self {
    case .truncated, .tooLarge, .notHTTP: .broken(text)
    case .connectionRefused: .down(text, isCertain: true, cause: .connectionRefused)
    case .timedOut: .down(text, cause: .timedOut)
    case .unanswered: .down(text, cause: .unanswered)
    case .closed: .down(text, cause: .connectionLost)
    case .nameNotFound, .nameServerSilent: .down(text, cause: .nameNotFound)
    case .notAllowed: .down(text, isCertain: true)
    case .tls, .certificate: .down(text, cause: .noTLS)
    case .other: .down(text)
    case .own(let failure): .ownFailure(failure)
    }
  }
}
