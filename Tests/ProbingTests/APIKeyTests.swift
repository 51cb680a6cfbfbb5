import Fleet
import Testing

@testable import Probing

@Suite struct APIKeyTests {
  @Test func `a key is resolved when it is used`() throws {
    #expect(try APIKey.literal(" k \n").resolve() == "k")
    #expect(throws: APIKeyError.self) { try APIKey.environment("ROLLCALL_TEST_NO_SUCH_VARIABLE").resolve() }
    #expect(throws: APIKeyError.self) { try APIKey.file("/nonexistent/key").resolve() }
    #expect(throws: APIKeyError.self) { try APIKey.literal("a\r\nx-evil: 1").resolve() }
  }
}
