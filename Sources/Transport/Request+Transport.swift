import HTTP
import HTTPTypes

/// The steps between bytes and requests or responses that both protocols need.
extension Request {
  /// `target` is the path and query as the client sent them; an absolute form loses its scheme and authority, and has
  /// the path `/` if it has none (RFC 9112 sections 3.2.2 and 3.2.4).
  init(
    method: HTTPRequest.Method, target: String, fields: any RequestFields, body: [UInt8], caller: Caller
  ) {
    let absolute = target.utf8.first == UInt8(ascii: "/") ? nil : AbsoluteTarget(target)
    let target = absolute?.rest ?? Substring(target).utf8
    let mark = target.firstIndex(of: UInt8(ascii: "?"))
    var path = String(Substring(target[..<(mark ?? target.endIndex)]))
    if path.isEmpty, absolute != nil { path = method == .options && mark == nil ? "*" : "/" }
    self.init(
      method: method, path: path,
      query: mark.map { String(Substring(target[target.index(after: $0)...])) }, fields: fields, body: body,
      caller: caller)
  }

  /// A request over HTTP/1.1.
  init(_ head: HTTP1Head, body: [UInt8] = [], caller: Caller) {
    self.init(method: head.method, target: head.target, fields: head, body: body, caller: caller)
  }
}

/// The parts of a request's target in absolute form: `http://host:port/path?query`.
struct AbsoluteTarget {
  let scheme: Substring
  let authority: Substring.UTF8View
  /// The path and query behind the authority; a fragment, which no target has, is dropped when it begins there.
  let rest: Substring.UTF8View

  /// nil: the target has another form.
  init?(_ target: String) {
    let target = Substring(target).utf8
    guard let mark = Substring(target).firstRange(of: "://") else { return nil }
    scheme = Substring(target[..<mark.lowerBound])
    guard !scheme.isEmpty, !scheme.utf8.contains(where: { "/?#".utf8.contains($0) }) else { return nil }
    let start = target[mark.upperBound...]
    let end = start.firstIndex { "/?#".utf8.contains($0) } ?? start.endIndex
    authority = start[..<end]
    rest = start[end...].first == UInt8(ascii: "#") ? start[start.endIndex...] : start[end...]
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
