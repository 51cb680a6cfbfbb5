import HTTP2

/// The fields by which proxies show that they have forwarded a request (RFC 7239, RFC 9110 section 7.6.3, and fields
/// that no standard has). The peer of the connection is then the proxy, wherever the client is.
private let forwardingFields = [
  "forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for",
  "x-envoy-external-address", "true-client-ip", "cf-connecting-ip",
].map { Array($0.utf8) }

/// `x-forwarded-for`, `-host`, `-proto` and more.
private let forwardedPrefix = Array("x-forwarded-".utf8)

extension HeaderBlock {
  /// Whether a proxy has forwarded the request, as the request's fields show.
  var isForwarded: Bool {
    hasName(beginning: forwardedPrefix) || forwardingFields.contains { index(of: $0) != nil }
  }
}
