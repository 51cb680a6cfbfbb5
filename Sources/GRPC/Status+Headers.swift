package import HTTP2

extension Status {
  /// The most bytes of details that an answer carries: more go, so that the code and the message reach every client.
  package static let detailsLimit = 3_072

  /// The trailers of a call that ended with this status. They fit into the 8 KiB that clients take.
  package func fields(_ metadata: Metadata = Metadata()) -> [(name: String, value: String)] {
    var fields = [("grpc-status", String(code.rawValue))]
    if !message.isEmpty { fields.append(("grpc-message", StatusMessageCoding.encode(message))) }
    if !details.isEmpty, details.count <= Self.detailsLimit {
      fields.append(("grpc-status-details-bin", Base64.encode(details)))
    }
    return fields + metadata.fields
  }

  /// The status in trailers (or in a trailers-only head); nil when they have none.
  package init?(_ block: HeaderBlock) {
    guard let text = block.firstValue(Array("grpc-status".utf8)) else { return nil }
    let number = UInt8(String(decoding: text, as: UTF8.self))
    let message = block.firstValue(Array("grpc-message".utf8)).map { StatusMessageCoding.decode($0) }
    let details = block.firstValue(Array("grpc-status-details-bin".utf8)).flatMap { Base64.decode($0) }
    self.init(number.flatMap(Code.init(rawValue:)) ?? .unknown, message ?? "", details: details ?? [])
  }

  /// The status of a response that has none of gRPC (grpc/doc/http-grpc-status-mapping.md).
  package init(httpStatus: Int) {
    let code: Code =
      switch httpStatus {
      case 400: .internal
      case 401: .unauthenticated
      case 403: .permissionDenied
      case 404: .unimplemented
      case 429, 502, 503, 504: .unavailable
      default: .unknown
      }
    self.init(code, "the server answered with HTTP status \(httpStatus) and no gRPC status")
  }

  /// The status of a stream that the server reset (grpc/doc/PROTOCOL-HTTP2.md, Errors).
  package init(resetBy code: ErrorCode) {
    switch code {
    case .noError: self.init(.internal, "the server closed the stream without a status")
    case .refusedStream: self.init(.unavailable, "the server refused the stream")
    case .cancel: self.init(.cancelled, "the server cancelled the call")
    case .enhanceYourCalm: self.init(.resourceExhausted, "the server asks for fewer requests")
    case .inadequateSecurity: self.init(.permissionDenied, "the server asks for better security")
    default: self.init(.internal, "the stream was reset with HTTP/2 error code \(code.rawValue)")
    }
  }
}
