import HTTP
import HTTPTypes

/// The head of one HTTP/1.1 request, as the client sent it.
final class HTTP1Head: RequestFields {
  /// The places of a field's name and value in the bytes of the head.
  struct Field {
    var name: Range<Int>
    var value: Range<Int>
  }

  let method: HTTPRequest.Method
  let target: String
  /// Whether the client speaks HTTP/1.0, without chunks, `100 Continue` and connections that stay open by themselves.
  let isOld: Bool
  private let bytes: [UInt8]
  private let fields: [Field]

  init(method: HTTPRequest.Method, target: String, isOld: Bool, bytes: [UInt8], fields: [Field]) {
    (self.method, self.target, self.isOld) = (method, target, isOld)
    (self.bytes, self.fields) = (bytes, fields)
  }

  func value(of name: String) -> String? {
    var joined: String?
    for field in fields where isNamed(field, name) {
      let value = String(decoding: bytes[field.value], as: UTF8.self)
      if joined == nil { joined = value } else { joined?.append(", " + value) }
    }
    return joined
  }

  /// The number of lines that the field has; `name` is in lower case.
  func lineCount(of name: String) -> Int {
    fields.reduce(0) { $0 + (isNamed($1, name) ? 1 : 0) }
  }

  /// Whether the client wants to send further requests on the connection (RFC 9112 section 9.3).
  var isKeepAlive: Bool {
    guard let options = value(of: "connection").map({ HTTP1Grammar.words($0) }) else { return !isOld }
    return !options.contains("close") && (!isOld || options.contains("keep-alive"))
  }

  private func isNamed(_ field: Field, _ name: String) -> Bool {
    let name = name.utf8
    guard field.name.count == name.count else { return false }
    var index = field.name.lowerBound
    for byte in name {
      guard HTTP1Grammar.lowercased(bytes[index]) == byte else { return false }
      index += 1
    }
    return true
  }
}
