import HTTP
import HTTPTypes

/// The steps between bytes and requests or responses that both protocols need.
extension Request {
  /// `target` is the path and query as the client sent them; an absolute form loses its scheme and authority (RFC 9112
  /// section 3.2.2).
  init(
    method: HTTPRequest.Method, target: String, fields: any RequestFields, body: [UInt8], caller: Caller
  ) {
    var target = Substring(target).utf8
    if target.first != UInt8(ascii: "/"), let scheme = Substring(target).firstRange(of: "://") {
      let rest = target[scheme.upperBound...]
      target = rest.firstIndex(of: UInt8(ascii: "/")).map { rest[$0...] } ?? Substring("/").utf8
    }
    let mark = target.firstIndex(of: UInt8(ascii: "?"))
    self.init(
      method: method, path: String(Substring(target[..<(mark ?? target.endIndex)])),
      query: mark.map { String(Substring(target[target.index(after: $0)...])) }, fields: fields, body: body,
      caller: caller)
  }
}

extension Response {
  /// Whether the response may have a body; 204 and 304 never have a body (RFC 9110 section 6.4.1).
  var allowsBody: Bool { status.code != 204 && status.code != 304 }

  /// The length of the body in bytes; nil where the field would be wrong or the length is unknown.
  var contentLength: Int? {
    guard allowsBody else { return nil }
    if case .stream = body { return nil }
    return body.slices.reduce(0) { $0 + $1.count }
  }
}

extension ResponseBody {
  var slices: [ArraySlice<UInt8>] {
    if case .bytes(let slices) = self { slices } else { [] }
  }
}
