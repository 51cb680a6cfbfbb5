package import HTTP2
internal import Messages

/// The encoding of a call's messages in one direction (`grpc-encoding`; grpc/doc/compression.md). The flag of each message
/// shows whether the message uses it.
package enum MessageEncoding: Hashable, Sendable {
  case identity
  case gzip

  /// The value of `grpc-accept-encoding`, of the server and of the client.
  package static let accepted = "identity,gzip"
  /// The most bytes of an unknown encoding's name that a status repeats.
  private static let nameLimit = 64
  private static let names = Names()

  private struct Names {
    let encoding = Array("grpc-encoding".utf8)
    let accepted = Array("grpc-accept-encoding".utf8)
    let identity = Array("identity".utf8)
    let gzip = Array("gzip".utf8)
  }

  /// The encoding of the messages that follow a head; nil when it is unknown here. Without a field it is identity.
  package init?(_ head: HeaderBlock) {
    guard let field = head.index(of: Self.names.encoding) else {
      self = .identity
      return
    }
    if head.value(at: field, equals: Self.names.gzip) {
      self = .gzip
    } else if head.value(at: field, equals: Self.names.identity) {
      self = .identity
    } else {
      return nil
    }
  }

  /// The name of the encoding in a head, for the text of a status; it may be shortened.
  static func name(in head: HeaderBlock) -> String {
    String(decoding: head.firstValue(names.encoding) ?? [], as: UTF8.self).shortened(toBytes: nameLimit)
  }

  /// Whether the sender of a head takes messages in gzip.
  package static func acceptsGzip(_ head: HeaderBlock) -> Bool {
    head.hasElement(names.gzip, inList: names.accepted)
  }
}
