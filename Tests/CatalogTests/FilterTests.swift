import Catalog
import Testing

@Suite("A filter")
struct FilterTests {
  private static let llama = "llama3:8b"
  private static let sim = "sim-org/model.1"
  private static let japan = "日本語"
  private static let star = "a*b \"q\""

  @Test(
    "binds OR tighter than AND and blanks, NOT tightest",
    arguments: [
      ("state = READY OR state = COLD AND kind = ALIAS", [japan]),
      ("kind = ALIAS AND state = READY OR state = COLD", [japan]),
      ("(state = READY) OR (state = COLD AND kind = ALIAS)", [llama, japan]),
      ("state = READY", [llama]),
      ("NOT state = READY", [sim, japan, star]),
      ("-state = READY", [sim, japan, star]),
    ] as [(String, [String])])
  func precedence(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }
}
