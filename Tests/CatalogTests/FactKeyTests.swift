import Catalog
import Testing

@Suite struct FactKeyTests {
  @Test(arguments: [
    FactKey.engine(id: "http://host:8000/v1"), .replica(engineID: "http://h/a", modelID: "b/c"),
    .replica(engineID: "http://h", modelID: "a/b/c"), .seen(ModelKey(namespace: "team/a", id: "é")),
    .registration(leaseID: "a-1"),
  ])
  func `a fact key is decoded from its bytes`(key: FactKey) {
    #expect(FactKey(bytes: key.bytes) == key)
  }

  @Test func `ids with slashes give distinct keys`() {
    let one = FactKey.replica(engineID: "a/b", modelID: "c").bytes
    let other = FactKey.replica(engineID: "a", modelID: "b/c").bytes
    #expect(one != other)
  }

  @Test(arguments: [
    "", "engine/", "engine/a\0b", "replica/a", "replica/a\0", "replica/\0a", "replica/a\0b\0c", "other/a",
    "registration/",
    "registration/a\0b",
  ])
  func `text that is not a fact key is refused`(text: String) {
    #expect(FactKey(bytes: [UInt8](text.utf8)) == nil)
  }

  @Test func `a fact key that is not UTF-8 is refused`() {
    #expect(FactKey(bytes: FactKey.enginePrefix + [0xff]) == nil)
  }
}
