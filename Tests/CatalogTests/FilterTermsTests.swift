import Catalog
import TestKit
import Testing

@Suite("The terms of a filter")
struct FilterTermsTests {
  @Test
  func `a model that a filter matches has the terms that the filter requires`() throws {
    var random = RandomFilters(random: SeededGenerator(seed: 160))
    let models = (0..<60).map { _ in random.model() }
    let terms = models.map { Set(Filter.terms(of: $0)) }
    var (matches, spared) = (0, 0)
    for _ in 0..<500 {
      let filter = try Filter(random.filter())
      let required = filter.requiredTerms
      for (model, terms) in zip(models, terms) {
        let mayMatch = required.allSatisfy { $0.contains { terms.contains($0) } }
        if filter.matches(model, .none) {
          #expect(mayMatch, "\(filter.text) and \(model.key)")
          matches += 1
        } else if !mayMatch {
          spared += 1
        }
      }
    }
    // Neither of both is rare, or this tries nothing.
    #expect(matches > 1_000 && spared > 1_000)
  }

  @Test(
    arguments: [
      ("id = a", [1]), ("id = a AND labels.x = y", [1, 1]), ("id = a OR id = b", [2]),
      ("(id = a OR id = b) state:READY", [2, 1]),
      ("id = a OR (parent = b AND root = c)", [2]), ("(id = a OR id = b) OR kind = BASE", [3]),
      ("replicas.engine_id = a", [1]),
      ("replicas.engine_kind = a namespace = b owned_by = c", [1, 1, 1]), ("id = a OR id > b", []),
      ("id = a id > b", [1]),
      ("NOT id = a", []), ("id != a", []), ("id = a*", []), ("id:a", []), ("a", []), ("parent = \"\"", []),
      ("labels.x = \"\"", [1]),
      ("labels:x", []), ("replicas.state = READY", []), ("max_model_len = 5", []), ("state != READY", []),
      ("replicas.engine_kind != a", []), ("version = 1", []), ("state:*", []), ("replicas.engine_kind = \"\"", []),
    ] as [(String, [Int])])
  func `a filter requires one list of terms for each comparison that must hold`(_ text: String, _ counts: [Int]) throws
  {
    #expect(try Filter(text).requiredTerms.map(\.count) == counts)
  }

  @Test
  func `terms are the same in every process, and distinguish fields, names and values`() throws {
    let texts = [
      "id = a", "namespace = a", "parent = a", "root = a", "owned_by = a", "labels.a = a", "labels.aa = \"\"",
      "labels.b = a",
      "replicas.engine_id = a", "replicas.engine_kind = a", "state = READY", "kind = BASE", "state = COLD",
    ]
    let terms = try texts.map { try #require(Filter($0).requiredTerms.first?.first) }
    #expect(Set(terms).count == texts.count)
    #expect(terms[0] == 11_444_171_551_863_152_854)
  }

  @Test
  func `a model has one term for each value that a filter can ask for`() {
    // Namespace, id, kind, state, owner, root, two labels, two engines of one kind.
    #expect(Set(Filter.terms(of: FilterSamples.models[0])).count == 11)
    #expect(Filter.terms(of: FilterSamples.models[2]).count == 4)
  }
}
