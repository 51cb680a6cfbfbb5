import GRPC
import Messages
import Testing
import Wire

extension Fixture {
  /// The answer of a unary method, whether it comes at once or takes time.
  func ask(_ method: String, _ request: [UInt8]) async throws -> ArraySlice<UInt8> {
    try await callEventually("/rollcall.v1.ModelCatalog/" + method, request)
  }

  func listPage(_ request: ListRequest) async throws -> ListPage {
    try ListPage.decode(try await ask("ListModels", request.encode()))
  }

  /// A path with these parameters.
  func target(_ path: String, _ query: [(String, String)]) -> String {
    let pairs = query.map { "\($0)=\(percentEncoded($1))" }
    return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
  }
}

/// A value as programs put it into a query.
private func percentEncoded(_ text: String) -> String {
  text.utf8.map { byte in
    let isPlain = "abcdefghijklmnopqrstuvwxyz0123456789".utf8.contains(byte)
    return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }.joined()
}

extension Status {
  /// A value of `ErrorInfo.metadata`, found by the bytes of its name: a length and the text follow a tag.
  func metadata(_ name: String) -> String? {
    let details = details
    for start in details.indices where details[start...].starts(with: name.utf8) {
      var rest = details[(start + name.utf8.count)...]
      guard rest.popFirst() == 0x12, let low = rest.popFirst() else { continue }
      var count = Int(low & 0x7f)
      if low >= 0x80 { count += Int(rest.popFirst() ?? 0) << 7 }
      return String(decoding: rest.prefix(count), as: UTF8.self)
    }
    return nil
  }
}
