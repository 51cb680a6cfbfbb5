import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("Proxies of the environment")
struct HTTPProxyTests {
  private func proxy(_ url: String, _ environment: [String: String]) throws -> HTTPProxy? {
    try HTTPProxy.configured(in: environment, for: EngineURL(url))
  }

  @Test func `the scheme of the server chooses the variable, and upper case wins`() throws {
    let environment = [
      "HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:2", "http_proxy": "c:3", "HTTP_PROXY": "", "NO_PROXY": "",
    ]
    #expect(try proxy("https://k:6443", environment)?.description == "the proxy a:1")
    #expect(try proxy("http://k", environment)?.description == "the proxy c:3")
    #expect(try proxy("https://k", [:]) == nil)
  }

  @Test func `a proxy's URL may have credentials, which are not shown, and no port`() throws {
    let proxy = try HTTPProxy("http://us%40er:p%3Aw@[::1]", from: "X")
    #expect(proxy.host == "::1" && proxy.port == 80 && proxy.authorization == "Basic dXNAZXI6cDp3")
    #expect("\(proxy)" == "the proxy [::1]:80")
    #expect(try HTTPProxy("http://p:3128/", from: "X").authorization == nil)
  }

  @Test(arguments: [
    ("socks5://u:secret@p:1", "HTTPS_PROXY names a proxy of the kind socks5"),
    ("socks5h://p", "HTTPS_PROXY names a proxy of the kind socks5h"),
    ("http://u:secret@p:99999", "HTTPS_PROXY has a port"), ("http://u:secret@", "HTTPS_PROXY is not the URL"),
  ])
  func `a proxy that cannot be used is refused with the name of its setting`(value: String, message: String) {
    let error = #expect(throws: KubeError.self) { try proxy("https://k", ["HTTPS_PROXY": value]) }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    #expect(error?.description.contains("secret") == false)
  }

  @Test(arguments: [
    "https://localhost:6443", "https://127.0.0.1:6443", "https://127.3.2.1", "https://[::1]:6443",
    "https://api.example.com", "https://example.com", "https://10.1.2.3", "https://[fd00::12]",
    "https://192.168.1.1:6443",
    "https://a.svc", "https://deep.b.svc:443", "https://with.port:6443",
  ])
  func `loopback and the hosts that NO_PROXY covers are asked directly`(url: String) throws {
    let none = " example.com, 10.0.0.0/8,fd00::/8 ,192.168.1.1,*.svc,with.port:6443"
    #expect(try proxy(url, ["HTTPS_PROXY": "p:1", "NO_PROXY": none]) == nil)
  }

  @Test(arguments: [
    "https://badexample.com", "https://11.1.2.3", "https://192.168.1.10", "https://svc", "https://with.port",
    "https://[fe00::1]", "https://example.com.evil",
  ])
  func `a host that NO_PROXY does not cover is asked through the proxy`(url: String) throws {
    let none = "example.com,10.0.0.0/8,fd00::/8,192.168.1.1,.svc,with.port:6443,,"
    #expect(try proxy(url, ["HTTPS_PROXY": "p:1", "NO_PROXY": none]) != nil)
    #expect(try proxy(url, ["HTTPS_PROXY": "p:1", "no_proxy": "*"]) == nil)
  }

  /// Addresses and their bytes in hexadecimal digits; empty for a text that is no address.
  private static let addresses: [(text: String, bytes: String)] = [
    ("1.2.3.4", "01020304"), ("::", "00000000000000000000000000000000"), ("::1", "00000000000000000000000000000001"),
    ("fd00::1:2", "fd000000000000000000000000010002"), ("fe80::", "fe800000000000000000000000000000"),
    ("1:2:3:4:5:6:7:8", "00010002000300040005000600070008"),
    ("1.2.3", ""), ("1.2.3.4.5", ""), ("1.2.3.256", ""), ("1.2.3.", ""), ("+1.2.3.4", ""), ("a", ""), ("", ""),
    ("1:2:3:4:5:6:7", ""), ("1::2::3", ""), ("1:2:3:4::5:6:7:8", ""), (":1", ""), ("::12345", ""), ("::+1", ""),
  ]

  @Test func `an IP address is parsed into its bytes`() {
    for (text, bytes) in Self.addresses {
      let digits = (IPAddress(text)?.bytes ?? []).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
      #expect(digits.joined() == bytes, "\(text)")
    }
  }
}
