import HTTP
import HTTPTypes

/// The way in which a request's body shows its end.
enum HTTP1Framing: Hashable {
  /// The request has this many bytes of body; 0: it has no body.
  case length(Int)
  case chunked
}

/// The decision on the head of an HTTP/1.1 request, before its body (RFC 9110, RFC 9112).
struct HTTP1Admission: Hashable {
  let framing: HTTP1Framing
  /// Whether the client waits for `100 Continue` before it sends the body.
  let awaitsContinue: Bool

  /// - Parameter bodyLimit: the largest body, in bytes.
  /// - Throws: the answer to a head that the server refuses.
  init(_ head: HTTP1Head, bodyLimit: Int) throws(HTTP1Refusal) {
    // A tunnel has no place here, and the bytes behind the head are no request.
    if head.method == .connect {
      throw HTTP1Refusal(
        Problem(.notImplemented, "This server is no proxy: it opens no tunnels.", code: "connect_not_supported"))
    }
    try Self.checkHost(head)
    try Self.checkTarget(head)
    framing = try Self.framing(head, bodyLimit)
    guard !head.isOld, let expectation = head.value(of: "expect") else {
      awaitsContinue = false
      return
    }
    guard HTTP1Grammar.words(expectation) == ["100-continue"] else {
      throw HTTP1Refusal(
        Problem(.expectationFailed, "The only expectation here is 100-continue.", code: "expectation_failed"))
    }
    awaitsContinue = framing != .length(0)
  }

  /// RFC 9112 section 3.2.
  private static func checkHost(_ head: HTTP1Head) throws(HTTP1Refusal) {
    let count = head.lineCount(of: "host")
    if count == 0, head.isOld { return }
    guard count == 1, let host = head.value(of: "host") else {
      throw .malformed("The request must have one Host field.")
    }
    guard HTTP1Grammar.isAuthority(Substring(host).utf8, mayBeEmpty: true) else {
      throw .malformed("The Host field must be a host with an optional port.")
    }
  }

  /// RFC 9112 sections 3.2.1 to 3.2.4.
  private static func checkTarget(_ head: HTTP1Head) throws(HTTP1Refusal) {
    let target = head.target.utf8
    if target.first == UInt8(ascii: "/") { return }
    if head.target == "*" {
      if head.method == .options { return }
      throw .malformed("The target * is for OPTIONS alone.")
    }
    guard let target = AbsoluteTarget(head.target) else {
      throw .malformed("The request's target must be a path or a URL.")
    }
    guard ["http", "https"].contains(target.scheme.lowercased()),
      HTTP1Grammar.isAuthority(target.authority, mayBeEmpty: false)
    else {
      throw .malformed("The request's target must be a URL of http or https with a host.")
    }
  }

  /// RFC 9112 section 6. A message whose length two parties could read in two ways is refused.
  private static func framing(_ head: HTTP1Head, _ limit: Int) throws(HTTP1Refusal) -> HTTP1Framing {
    let lengths = head.lineCount(of: "content-length")
    if let coding = head.value(of: "transfer-encoding") {
      guard !head.isOld else { throw .malformed("HTTP/1.0 has no Transfer-Encoding.") }
      guard lengths == 0 else { throw .malformed("A request has Content-Length or Transfer-Encoding, not both.") }
      let codings = HTTP1Grammar.words(coding)
      guard codings.last == "chunked", codings.filter({ $0 == "chunked" }).count == 1 else {
        throw .malformed("The last Transfer-Encoding must be chunked, once.")
      }
      guard codings.count == 1, head.lineCount(of: "transfer-encoding") == 1 else {
        throw HTTP1Refusal(
          Problem(.notImplemented, "The only Transfer-Encoding here is chunked.", code: "coding_not_supported"))
      }
      return .chunked
    }
    guard lengths > 0 else { return .length(0) }
    let text = head.value(of: "content-length") ?? ""
    guard lengths == 1, !text.isEmpty, text.utf8.allSatisfy({ HTTP1Grammar.isDigit($0) }) else {
      throw .malformed("Content-Length must be one number.")
    }
    guard let length = Int(text), length <= limit else { throw .bodyTooLarge(limit) }
    return .length(length)
  }
}
