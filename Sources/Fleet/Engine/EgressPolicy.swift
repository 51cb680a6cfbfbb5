package import HTTP

/// The places at which engines may be, whatever source names them: an engine's URL is a way into the server's network.
///
/// The server checks each address that it dials, after the name is resolved, so a name that changes its addresses opens
/// nothing.
package struct EgressPolicy: Hashable, Sendable {
  /// The addresses of services that hand credentials to every local client: link-local ones (AWS, Azure, Google Cloud,
  /// Oracle Cloud and others), and those of AWS and Google Cloud in IPv6, of Azure and of Alibaba Cloud.
  package static let metadataServices = [
    "169.254.0.0/16", "192.0.0.192", "fe80::a9fe:a9fe", "fd00:ec2::/32", "fd20:ce::/64", "168.63.129.16",
    "100.100.100.200",
  ].compactMap { AddressRange($0) }

  private static let ownAddresses = [("0.0.0.0", "127.0.0.1"), ("::", "::1")].compactMap { unspecified, loopback in
    AddressRange(unspecified).flatMap { first in AddressRange(loopback).map { (unspecified: first, loopback: $0) } }
  }

  /// The schemes that URLs of engines may have.
  package var schemes: Set<String> = ["http", "https"]
  /// The only addresses at which engines may be; empty: all.
  package var allowed: [AddressRange] = []
  /// The addresses at which no engine may be.
  package var denied: [AddressRange] = []

  package init() {}

  /// Why no engine may be at an address, in words; nil: an engine may be there.
  package func problem(ofAddress text: String) -> String? {
    guard var address = AddressRange(String(text.prefix { $0 != "%" })) else { return "\(text) is no address" }
    // A connection to the unspecified address reaches this machine.
    address = Self.ownAddresses.first { $0.unspecified == address }?.loopback ?? address
    // The network may translate the address into another one.
    for reached in [address, address.translated].compactMap(\.self) {
      if denied.contains(where: reached.isWithin) { return "\(text) is among --deny-engine-address" }
      if let service = Self.metadataServices.first(where: reached.isWithin),
        !allowed.contains(where: { reached.isWithin($0) && $0.isWithin(service) })
      {
        return "\(text) belongs to the metadata services of clouds: to allow it, name it with --allow-engine-address"
      }
    }
    guard allowed.isEmpty || allowed.contains(where: address.isWithin) else {
      return "\(text) is not among --allow-engine-address"
    }
    return nil
  }

  /// Why no engine may have a scheme, in words; nil: an engine may have it.
  package func problem(ofScheme scheme: String) -> String? {
    schemes.contains(scheme) ? nil : "\(scheme) is not among --engine-scheme"
  }

  /// Why no engine may have a URL, as far as the text shows it; nil: its host is a name, or an engine may be there.
  package func problem(of url: EngineURL) -> String? {
    if let problem = problem(ofScheme: url.scheme) { return problem }
    let host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
    return AddressRange(host) == nil ? nil : problem(ofAddress: host)
  }
}
