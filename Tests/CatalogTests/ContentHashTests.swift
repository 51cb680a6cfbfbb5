import Catalog
import Testing

@Suite struct ContentHashTests {
  @Test(arguments: [
    ("", "00000000000000000000000000000000"),
    ("hello", "cbd8a7b341bd9b025b1e906a48ae1d19"),
    ("The quick brown fox jumps over the lazy dog", "e34bbc7bbc071b6c7a433ca9c49a9347"),
  ])
  func `the hash of bytes is MurmurHash3_x64_128`(text: String, hex: String) {
    #expect(ContentHash(of: [UInt8](text.utf8)).hex == hex)
  }

  @Test func `a model's hash is the same in every process`() throws {
    var labels: [String: String] = [:]
    for name in ["team", "tier", "zone", "a", "b"] { labels[name] = "v" }
    let served = ReplicaInput(
      engine: engine("e", labels: labels), replica: ReplicaFacts(modelID: "m", root: "r", maxModelLen: 8))
    let model = try #require(derive(key("m"), served: [served], created: moment(9)))
    #expect(model.etag == "9225668d2c7051c9b2f3afe322ff4c57")
  }

  @Test func `a model's hash depends on every fact and not on the revision`() {
    let replica = Replica(engineID: "e", endpoint: "http://e", condition: condition())
    var base = model(key("m"))
    base.labels = ["a": "b"]
    base.replicas = [replica]
    base.divergences = [Divergence(field: "root", values: [("x", ["e"]), ("y", ["f"])])]
    let changes: [(inout Model) -> Void] = [
      { $0.key.id = "n" }, { $0.key.namespace = "n" }, { $0.kind = .adapter }, { $0.state = .cold },
      { $0.ownedBy = "x" }, { $0.created = moment(2) }, { $0.root = "x" }, { $0.parent = "x" }, { $0.version = "x" },
      { $0.maxModelLen = 1 }, { $0.labels = ["a": "c"] }, { $0.labels = ["ab": ""] }, { $0.readyReplicas = 1 },
      { $0.totalReplicas = 1 }, { $0.replicas = [] }, { $0.replicas[0].engineID = "f" },
      { $0.replicas[0].endpoint = "f" }, { $0.replicas[0].engineKind = "f" }, { $0.replicas[0].engineVersion = "f" },
      { $0.replicas[0].cluster = "f" }, { $0.replicas[0].condition.state = .failed },
      { $0.replicas[0].condition.reason = "f" }, { $0.replicas[0].condition.changedAt = moment(2) },
      { $0.replicas[0].maxModelLen = 1 }, { $0.replicas[0].root = "f" }, { $0.divergences = [] },
      { $0.divergences[0].values[0].engineIDs = ["e", "g"] },
    ]
    var hashes: Set<ContentHash> = [base.contentHash]
    for change in changes {
      var changed = base
      change(&changed)
      hashes.insert(changed.contentHash)
    }
    #expect(hashes.count == changes.count + 1)
    var later = base
    later.revision = 99
    later.etag = "other"
    #expect(later.contentHash == base.contentHash)
  }
}
