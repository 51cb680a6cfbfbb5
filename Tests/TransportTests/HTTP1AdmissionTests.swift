import HTTP
import HTTPTypes
import NIOCore
import Testing

@testable import Transport

@Suite struct HTTP1AdmissionTests {
  private func admit(_ line: String, _ fields: [String]) throws(HTTP1Refusal) -> HTTP1Admission {
    var parser = HTTP1Parser(maxHeadSize: 9_999, maxFieldCount: 99, maxBodySize: 100)
    var input = ByteBuffer(string: ([line] + fields + ["", ""]).joined(separator: "\r\n"))
    switch parser.next(&input) {
    case .head(let head): return try HTTP1Admission(head, bodyLimit: 100)
    case .refusal(let refusal): throw refusal
    default: throw .malformed("The head has no end.")
    }
  }

  private func status(_ line: String, _ fields: [String]) -> Int {
    do throws(HTTP1Refusal) {
      _ = try admit(line, fields)
      return 200
    } catch {
      return error.problem.status.code
    }
  }

  @Test(arguments: ["", "h", "h:", "h:80", "a-b_c.d~e", "127.0.0.1:1", "[::1]", "[2001:db8::1]:8080", "%41", "a(b)"])
  func `a host with an optional port is a Host`(host: String) {
    #expect(status("GET / HTTP/1.1", ["Host: \(host)"]) == 200)
    #expect(status("GET / HTTP/1.0", ["Host: \(host)"]) == 200)
  }

  @Test(arguments: [
    "a b", "a/b", "a?b", "a#b", "user@h", "h:x", "h:1:2", "::1", "[::1", "[]", "[x]", "[::1]x", "%4", "%zz", "\u{fc}",
    "a\\b",
    "h, i", "\"h\"",
  ])
  func `any other Host is refused`(host: String) {
    #expect(status("GET / HTTP/1.1", ["Host: \(host)"]) == 400)
    #expect(status("GET / HTTP/1.0", ["Host: \(host)"]) == 400)
    #expect(status("GET http://h/ HTTP/1.1", ["Host: \(host)"]) == 400)
  }

  @Test func `only HTTP/1.0 goes without Host, and nothing has two`() {
    #expect(status("GET / HTTP/1.1", []) == 400)
    #expect(status("GET http://h/ HTTP/1.1", []) == 400)
    #expect(status("GET / HTTP/1.0", []) == 200)
    #expect(status("GET / HTTP/1.1", ["host: h", "Host: h"]) == 400)
    #expect(status("GET / HTTP/1.0", ["host: h", "Host: h"]) == 400)
  }

  @Test(arguments: [
    ("GET /a", 200), ("GET //a//b", 200), ("OPTIONS *", 200), ("GET *", 400), ("OPTIONS *a", 400),
    ("GET http://h", 200),
    ("GET HTTP://h:80/a?b", 200), ("GET https://h?a", 200), ("GET http:///a", 400), ("GET http://u@h/a", 400),
    ("GET http://?y=/healthz", 400), ("GET ftp://h/", 400), ("GET a", 400), ("GET a/b", 400), ("GET ?a", 400),
    ("GET a?b=http://h/", 400), ("GET ://h/", 400), ("GET h:80", 400), ("CONNECT h:80", 501), ("CONNECT /", 501),
  ])
  func `a target is a path, a URL, or * of OPTIONS`(line: String, code: Int) {
    #expect(status(line + " HTTP/1.1", ["Host: h"]) == code)
  }

  @Test(
    arguments: [
      ("http://x/a?b", "/a", "b"), ("http://x?y=/healthz", "/", "y=/healthz"), ("http://x", "/", nil),
      ("http://x#/healthz", "/", nil), ("http://x/", "/", nil), ("/a?b?c", "/a", "b?c"),
      ("/http://x/b", "/http://x/b", nil),
      ("*", "*", nil), ("http://x/a://y/b", "/a://y/b", nil), ("x?y=://z/healthz", "x", "y=://z/healthz"),
    ] as [(String, String, String?)])
  func `the path begins behind the authority of the target`(target: String, path: String, query: String?) {
    let request = Request(
      method: .get, target: target, fields: HTTP1Head.empty, body: [],
      caller: Caller(peerID: 1, connectionID: 1))
    #expect(request.path == path && request.query == query)
  }

  @Test func `OPTIONS for a URL without a path is for the server`() {
    let request = Request(
      method: .options, target: "http://x", fields: HTTP1Head.empty, body: [],
      caller: Caller(peerID: 1, connectionID: 1))
    #expect(request.path == "*")
  }

  @Test func `the length of a body is one number or chunks`() throws {
    #expect(try admit("GET / HTTP/1.1", ["host: h"]).framing == .length(0))
    #expect(try admit("GET / HTTP/1.1", ["host: h", "content-length: 007"]).framing == .length(7))
    #expect(try admit("GET / HTTP/1.0", ["content-length: 100"]).framing == .length(100))
    #expect(try admit("GET / HTTP/1.1", ["host: h", "transfer-encoding: CHUNKED"]).framing == .chunked)
  }

  @Test(arguments: [
    (["content-length: 101"], 413), (["content-length: 99999999999999999999999"], 413), (["content-length:"], 400),
    (["content-length: 1", "content-length: 1"], 400), (["content-length: 1, 1"], 400), (["content-length: +1"], 400),
    (["content-length: -1"], 400), (["content-length: 0x1"], 400), (["content-length: 1 1"], 400),
    (["content-length: 1", "transfer-encoding: chunked"], 400), (["transfer-encoding: identity"], 400),
    (["content-length: x", "transfer-encoding: chunked"], 400), (["transfer-encoding: chunked, gzip"], 400),
    (["transfer-encoding: gzip, chunked"], 501), (["transfer-encoding: chunked, chunked"], 400),
    (["transfer-encoding: chunked", "transfer-encoding: chunked"], 400), (["transfer-encoding:"], 400),
    (["transfer-encoding: xchunked"], 400), (["transfer-encoding: chunked;x"], 400),
    (["transfer-encoding: chunked", "transfer-encoding:"], 501),
  ])
  func `any other length is refused`(fields: [String], code: Int) {
    #expect(status("POST / HTTP/1.1", ["host: h"] + fields) == code)
  }

  @Test func `HTTP/1.0 has no chunks`() {
    #expect(status("POST / HTTP/1.0", ["transfer-encoding: chunked"]) == 400)
  }

  @Test func `the only expectation is 100-continue, of HTTP/1.1 and before a body`() throws {
    let body = ["host: h", "content-length: 1"]
    #expect(try admit("POST / HTTP/1.1", body + ["expect: 100-Continue"]).awaitsContinue)
    #expect(try !admit("POST / HTTP/1.1", body).awaitsContinue)
    #expect(try !admit("GET / HTTP/1.1", ["host: h", "expect: 100-continue"]).awaitsContinue)
    #expect(try !admit("POST / HTTP/1.0", body + ["expect: 100-continue"]).awaitsContinue)
    #expect(status("POST / HTTP/1.1", body + ["expect: a-miracle"]) == 417)
    #expect(status("POST / HTTP/1.1", body + ["expect: 100-continue, a-miracle"]) == 417)
    #expect(status("POST / HTTP/1.0", body + ["expect: a-miracle"]) == 200)
    #expect(status("POST / HTTP/1.1", ["host: h", "content-length: 101", "expect: 100-continue"]) == 413)
  }
}

extension HTTP1Head {
  static var empty: HTTP1Head { HTTP1Head(method: .get, target: "/", isOld: false, bytes: [], fields: []) }
}
