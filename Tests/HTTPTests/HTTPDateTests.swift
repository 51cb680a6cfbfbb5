import HTTP
import Testing

@Suite struct HTTPDateTests {
  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"),
    (1_795_353_926, "Sun, 22 Nov 2026 13:25:26 GMT"), (1_795_354_407, "Sun, 22 Nov 2026 13:33:27 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
  ])
  func `an HTTP date is an IMF-fixdate`(seconds: Int, text: String) {
    #expect(HTTPDate.text(secondsSinceEpoch: seconds) == text)
    #expect(HTTPDate.secondsSinceEpoch(text) == seconds)
  }

  @Test(arguments: [
    "", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Noo 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
  ])
  func `another text is no HTTP date`(text: String) {
    #expect(HTTPDate.secondsSinceEpoch(text) == nil)
  }
}
