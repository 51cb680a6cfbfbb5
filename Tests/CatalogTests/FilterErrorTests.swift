import Catalog
import TestKit
import Testing

@Suite("The errors of a filter")
struct FilterErrorTests {
  @Test(
    arguments: [
      ("", 1), ("  ", 3), ("()", 2), ("(", 2), (")", 1), ("a)", 2), ("(a", 1), ("(a OR (b)", 1), ("a OR", 5),
      ("a OR ", 6),
      ("a AND", 6), ("AND", 1), ("OR a", 1), ("a OR AND b", 6), ("a OR OR b", 6), ("a AND AND b", 7), ("NOT", 4),
      ("-", 2),
      ("- a", 1), ("a AND - b", 7), ("a AND or", 7), ("a and b", 3), ("Not a", 1), ("id =", 5), ("id = ", 6),
      ("(id =)", 6),
      ("= a", 1), ("!= a", 1), ("id == a", 5), ("id => a", 5), ("id <> a", 5), ("id = = a", 6), ("id::a", 4),
      ("id =!= a", 5),
      ("id = AND", 6), ("id = OR", 6), ("id = NOT", 6), ("id = (a OR b)", 6), ("id = f(x)", 6), ("f(x)", 1),
      ("a b.c(x)", 3),
      ("AND(a)", 1), ("\"f\"(x)", 1), ("id = \"a", 6), ("id = 'a\"", 6), ("\"a", 1), ("id = \"a\"b", 9), ("\"a\"b", 4),
      ("a\"b\"", 2), ("id = a\"b", 7), ("id = a'b", 7), (#"id = a\*b"#, 7), (#"id = "a\n""#, 8), (#"id = "a\"#, 6),
      (#""\x""#, 2),
      ("\"\"", 1), ("llama*", 1), ("*", 1), ("id:llama*", 4), ("id : *a", 6), ("id > \"a*\"", 6), ("labels:a*", 8),
      ("labels.\"a\"", 1), ("labels.a", 1), ("x replicas.state", 3), ("a.\"b\"", 1),
      ("id = a\u{0}", 7), ("\u{7f}", 1), ("a \u{1b}[0m", 3), ("日本 = x", 1), ("id = 日本\u{0}", 8), ("👨‍👩‍👧 AND (", 12),
      ("i = 5", 1), ("state = READY AND lables.x = 1", 19), ("ID = x", 1), ("replicas.engine = vllm", 1),
      ("labels. = a", 1),
      (".id = a", 1), ("id. = a", 1), ("id.x = a", 1), ("readings.x > 1", 1), ("divergences.values.x = 1", 1),
      ("\"id\".x = a", 1), ("http://a:8000", 1), ("replicas.readings.taken = 1", 1), ("replicas.resources. = 1", 1),
      ("state = ready", 9), ("state = READY*", 9), ("state = \"\"", 9), ("kind=MODEL_KIND_UNSPECIFIED", 6),
      ("state > READY", 7),
      ("kind  <= BASE", 7), ("replicas.state>=COLD", 15), ("max_model_len = 1.5", 17), ("max_model_len = 1e3", 17),
      ("max_model_len = abc", 17), ("max_model_len = \"\"", 17), ("max_model_len = 9223372036854775808", 17),
      ("max_model_len > -9223372036854775809", 17), ("revision:1*", 10), ("max_model_len = ٣", 17),
      ("created > yesterday", 11),
      ("created > 2026-11-22", 11), ("created = *", 11), ("created > 1735689600", 11),
      ("created > 2026-02-30T00:00:00Z", 11),
      ("readings.e2e_p50 > fast", 20), ("readings.e2e_p50 > nan", 20), ("readings.e2e_p50 > inf", 20),
      ("readings.e2e_p50 > 0x10", 20), ("readings.e2e_p50 > 1e999", 20), ("readings.e2e_p50 = *", 20),
      ("readings.taken_at > 5", 21), ("replicas.resources.x > y", 24), ("labels = x", 1), ("a labels != x", 3),
      ("labels:\"\"", 1),
      ("replicas = x", 1), ("replicas:x", 1), ("readings > 1", 1), ("replicas.readings = 1", 1),
      ("replicas.resources:x", 1),
      ("divergences = root", 1), ("divergences.values:x", 1), ("labels > *", 1),
    ] as [(String, Int)])
  func `a wrong filter is refused with the position of the mistake`(_ text: String, _ position: Int) {
    let error = #expect(throws: QueryTextError.self) { try Filter(text) }
    #expect(error?.position == position, "\(error?.message ?? "")")
  }

  @Test(
    arguments: [
      ("sate = READY", "no field 'sate'; did you mean state?"),
      ("lables.x = 1", "no field 'lables.x'; did you mean labels.x?"),
      ("engine_kind = vllm", "no field 'engine_kind'; did you mean replicas.engine_kind?"),
      (
        "waiting_requests > 1",
        "no field 'waiting_requests'; did you mean readings.waiting_requests or "
          + "replicas.readings.waiting_requests?"
      ),
      ("http://a:8000", "no field 'http'; a text with a colon in it goes in quotes"),
      (
        "completely.different = 1",
        "no field 'completely.different'; there are namespace, id, kind, state, owned_by, "
          + "created, root, parent, version, max_model_len, ready_replicas, total_replicas, etag, revision, labels.x, "
          + "readings.x, replicas.x, divergences.x"
      ),
      ("state = up", "state is one of READY, DEGRADED, LOADING, COLD, DRAINING, UNREACHABLE, FAILED, not 'up'"),
      ("kind = base", "kind is one of BASE, ADAPTER, ALIAS, not 'base'"),
      ("max_model_len > 8k", "max_model_len is a whole number, not '8k'"),
      ("readings.e2e_p50 > 1s", "readings.e2e_p50 is a number, not '1s'"),
      ("created > today", "created is a time such as 2026-11-22T10:00:00Z, not 'today'"),
      ("state > READY", "state is compared with = != or :, not >"),
      ("replicas = vllm", "replicas holds several values: write replicas.engine_kind = vllm or replicas:*"),
      ("labels = a", "labels holds several values: write labels.x = y, labels:x or labels:*"),
      ("labels.team", "compare the field, such as labels.team:*, or quote the text to look for"),
      ("a or b", "AND, OR and NOT are written in capitals; a text that is such goes in quotes"),
      ("llama*", #"a star is a wildcard after = and != alone; as itself it is "\*""#),
      ("a AND )", "expected a comparison such as state = READY, not ')'"),
      ("id = ", "expected a value after =, not the end"),
    ] as [(String, String)])
  func `the error of a wrong filter suggests a correction`(_ text: String, _ message: String) {
    let error = #expect(throws: QueryTextError.self) { try Filter(text) }
    #expect(error?.message == message)
  }

  @Test
  func `the error message is short, however long the filter is`() {
    let long = String(repeating: "é", count: 2_000)
    for text in [
      "\(long) = 1", "labels.\(long) > \"*\"", "labels.\(long)", "state = \(long)", "max_model_len = \(long)",
    ] {
      let error = #expect(throws: QueryTextError.self) { try Filter(text) }
      #expect(error.map { $0.message.utf8.count <= 512 } == true)
    }
  }

  @Test
  func `a filter has at most 4,096 bytes`() throws {
    #expect(throws: Never.self) { try Filter(String(repeating: "a", count: 4_096)) }
    for (unit, count, position) in [
      ("a", 4_097, 4_097), ("é", 2_049, 2_049), ("日", 1_366, 1_366), (" ", 1_000_000, 4_097),
    ] {
      let error = #expect(throws: QueryTextError.self) { try Filter(String(repeating: unit, count: count)) }
      #expect(error?.position == position)
    }
  }

  @Test
  func `a filter has at most 100 comparisons`() throws {
    for separator in [" ", " OR ", " AND "] {
      let most = [String](repeating: "id=a", count: 100).joined(separator: separator)
      #expect(throws: Never.self) { try Filter(most) }
      let error = #expect(throws: QueryTextError.self) { try Filter(most + separator + "b") }
      #expect(error?.position == (most + separator).count + 1)
    }
  }

  @Test(arguments: ["(", "NOT ", "-", "NOT(", "-("])
  func `a filter has at most 32 levels`(_ opening: String) throws {
    let count = opening.count(where: { "(-N".contains($0) })
    func nested(_ levels: Int) -> String {
      let times = levels / count
      return String(repeating: opening, count: times) + "a"
        + String(repeating: ")", count: opening.contains("(") ? times : 0)
    }
    #expect(throws: Never.self) { try Filter(nested(32)) }
    let error = #expect(throws: QueryTextError.self) { try Filter(nested(32 + count)) }
    #expect(error?.position == 32 / count * opening.count + 1)
  }

  @Test
  func `a value in a filter has at most 16 stars`() throws {
    #expect(throws: Never.self) { try Filter("id = \(String(repeating: "*a", count: 16)) id=*") }
    let error = #expect(throws: QueryTextError.self) { try Filter("id = \(String(repeating: "*a", count: 17))") }
    #expect(error?.position == 6)
    #expect(throws: Never.self) { try Filter(#"id = "\#(String(repeating: #"\*"#, count: 100))""#) }
  }
}
