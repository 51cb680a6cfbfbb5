package import HTTP2
internal import Messages

/// The server's decision on the head of a request, by grpc/doc/PROTOCOL-HTTP2.md.
package enum RequestHead {
  /// The server runs a call. `timeout` is nil when the client set none; `encoding` is that of the request's messages.
  case call(Method, timeout: Duration?, encoding: MessageEncoding)
  /// The server ends the call at once (trailers-only); the method is for the counts, nil when it is unknown.
  case status(Status, Method?)
  /// The request names a method of this server but is not gRPC: the server answers with this HTTP status.
  case http(Int)
  /// The request has nothing to do with gRPC.
  case other

  package static func read(_ head: HeaderBlock, _ table: MethodTable) -> RequestHead {
    let isPost = head.methodIs(names.post)
    let isGRPC = isGRPC(head)
    let method = isGRPC || isPost ? table.find(head) : nil
    guard isGRPC else { return method == nil ? .other : .http(415) }
    guard isPost else { return .http(405) }
    if head.isTooLarge {
      return .status(Status(.resourceExhausted, "the request's metadata is larger than this server's limit"), method)
    }
    guard let method else {
      return .status(Status(.unimplemented, "unknown method \(head.path)"), nil)
    }
    guard method.handler != nil else {
      return .status(Status(.unimplemented, "\(method.description.path) is not served here"), method)
    }
    guard let encoding = MessageEncoding(head) else {
      let text = MessageEncoding.name(in: head)
      return .status(
        Status(.unimplemented, "grpc-encoding \(text) is not supported: send identity or gzip"), method)
    }
    guard let value = head.firstValue(names.timeout) else { return .call(method, timeout: nil, encoding: encoding) }
    guard let timeout = Timeout.parse(value) else {
      let text = String(decoding: value, as: UTF8.self)
      return .status(Status(.internal, "malformed grpc-timeout: \(text)"), method)
    }
    return .call(method, timeout: timeout, encoding: encoding)
  }

  /// Whether the content type is `application/grpc`, alone or followed by `+` or `;`. `application/grpc-web` is another
  /// protocol.
  private static func isGRPC(_ head: HeaderBlock) -> Bool {
    guard let type = head.index(of: names.contentType) else { return false }
    return head.value(at: type, equals: names.grpc) || head.value(at: type, hasPrefix: names.grpcPlus)
      || head.value(at: type, hasPrefix: names.grpcSemicolon)
  }

  private static let names = Names()

  private struct Names {
    let contentType = Array("content-type".utf8)
    let grpc = Array("application/grpc".utf8)
    let grpcPlus = Array("application/grpc+".utf8)
    let grpcSemicolon = Array("application/grpc;".utf8)
    let post = Array("POST".utf8)
    let timeout = Array("grpc-timeout".utf8)
  }
}
