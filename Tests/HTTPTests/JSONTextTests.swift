import HTTP
import Testing

@Suite struct JSONTextTests {
  @Test(arguments: [
    ("plain é 😀", #""plain é 😀""#),
    ("\"\\", #""\"\\""#),
    ("a\nb\u{1}\u{1f}\t\r\u{7f}", "\"a\\nb\\u0001\\u001f\\t\\r\u{7f}\""),
    ("", "\"\""),
  ])
  func `a string is escaped as JSON requires`(text: String, json: String) {
    var bytes = [UInt8]()
    JSONText.append(text, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == json)
  }

  @Test func `nil is written as null`() {
    var bytes: [UInt8] = []
    JSONText.append(nil, to: &bytes)
    #expect(bytes == Array("null".utf8))
  }
}
