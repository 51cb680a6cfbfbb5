/// The reason why a stream or a connection ended (RFC 9113 section 7).
package struct ErrorCode: RawRepresentable, Hashable, Sendable {
  package var rawValue: UInt32

  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  package static let noError = ErrorCode(rawValue: 0x0)
  package static let protocolError = ErrorCode(rawValue: 0x1)
  package static let internalError = ErrorCode(rawValue: 0x2)
  package static let streamClosed = ErrorCode(rawValue: 0x5)
  package static let refusedStream = ErrorCode(rawValue: 0x7)
  package static let cancel = ErrorCode(rawValue: 0x8)
  package static let enhanceYourCalm = ErrorCode(rawValue: 0xb)
  package static let inadequateSecurity = ErrorCode(rawValue: 0xc)
}

/// nghttp2 ended the session: it can neither read nor write any more.
package struct SessionError: Error, Hashable, CustomStringConvertible {
  /// nghttp2's error number, negative.
  package var number: Int32
  /// nghttp2's text for it.
  package var description: String
}
