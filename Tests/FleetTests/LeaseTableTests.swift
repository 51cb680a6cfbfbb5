import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite struct LeaseTableTests {
  private func registration(
    _ lease: String, _ url: String = "http://a:1", id: String = "", namespace: String = "default", ttl: Int = 30,
    labels: [String: String] = [:]
  ) -> Registration {
    Registration(
      leaseID: lease, namespace: namespace, url: url, engineID: id, labels: labels, ttl: .seconds(ttl))
  }

  private func add(_ registration: Registration, to table: inout LeaseTable, at seconds: Int = 0) throws {
    try table.begin(registration, try registration.engineSpec(in: ""))
    table.finish(registration.leaseID, at: .seconds(seconds))
  }

  /// Looks every second, as a process does that runs.
  private func expired(_ table: inout LeaseTable, from: Int, to: Int) -> [Int: [String]] {
    var found: [Int: [String]] = [:]
    for second in from...to {
      let ended = table.expire(at: .seconds(second)).map(\.id)
      if !ended.isEmpty { found[second] = ended }
    }
    return found
  }

  @Test func `a lease ends when its time is over, and a keep-alive renews it`() throws {
    var table = LeaseTable(at: .zero)
    try add(registration("a", ttl: 10), to: &table)
    try add(registration("b", "http://b:1", ttl: 20), to: &table)
    #expect(expired(&table, from: 1, to: 9) == [:])
    #expect(table.keepAlive("a", at: .seconds(9)) == .seconds(10))
    #expect(expired(&table, from: 10, to: 30) == [19: ["a"], 20: ["b"]])
    #expect(table.keepAlive("a", at: .seconds(30)) == nil)
    #expect(table.engines.isEmpty)
  }

  @Test func `a lease does not lose the time in which the process stood still`() throws {
    var table = LeaseTable(at: .zero)
    try add(registration("a", ttl: 10), to: &table)
    #expect(expired(&table, from: 1, to: 4) == [:])
    // An hour of sleep.
    #expect(expired(&table, from: 3604, to: 3609) == [:])
    #expect(expired(&table, from: 3610, to: 3610) == [3610: ["a"]])
    // Nor is it given to who is heard first afterwards.
    try add(registration("a", ttl: 10), to: &table, at: 3610)
    #expect(table.keepAlive("a", at: .seconds(7210)) == .seconds(10))
    #expect(expired(&table, from: 7211, to: 7230) == [7220: ["a"]])
  }

  @Test func `leases on one place are one engine that keeps its id, and the oldest describes it`() throws {
    var table = LeaseTable(at: .zero)
    try add(registration("a", labels: ["from": "a"]), to: &table)
    try add(registration("b", "http://A:1/v1/", id: "named", labels: ["from": "b"]), to: &table)
    #expect(table.engines.map(\.id) == ["a:1"])
    #expect(table.engines[0].labels == ["from": "a"])
    table.end(["a"])
    #expect(table.engines.map(\.id) == ["a:1"])
    #expect(table.engines[0].labels == ["from": "b"])
    table.end(["b"])
    try add(registration("b", id: "named"), to: &table)
    #expect(table.engines.map(\.id) == ["named"])
  }

  @Test func `the lease that named an engine may rename it`() throws {
    var table = LeaseTable(at: .zero)
    try add(registration("a", id: "one"), to: &table)
    try add(registration("b", id: "two"), to: &table)
    try add(registration("a", id: "three"), to: &table)
    #expect(table.engines.map(\.id) == ["three"])
    try add(registration("b", id: "four"), to: &table)
    #expect(table.engines.map(\.id) == ["three"])
  }

  @Test func `a replaced lease moves its engine and keeps its place in the order`() throws {
    var table = LeaseTable(at: .zero)
    try add(registration("a", id: "x"), to: &table)
    try add(registration("b", "http://b:1"), to: &table)
    try add(registration("a", "http://c:1", id: "x"), to: &table)
    #expect(table.engines.map(\.url.description) == ["http://c:1", "http://b:1"])
    #expect(table.leases(at: table.engines[0].place).map(\.id) == ["a"])
    let old = try EngineSpec(url: "http://a:1").place
    #expect(table.leases(at: old).isEmpty && table.claimants(of: old).isEmpty)
  }

  @Test func `an id belongs to one place, also while its lease is being made`() throws {
    var table = LeaseTable(at: .zero)
    let first = registration("a", id: "x")
    try table.begin(first, try first.engineSpec(in: ""))
    let other = registration("b", "http://b:1", id: "x")
    #expect(throws: RegistrationError.engineExists(id: "x")) {
      try table.begin(other, try other.engineSpec(in: ""))
    }
    table.abandon("a")
    try add(other, to: &table)
    #expect(table.engines.map(\.url.description) == ["http://b:1"])
  }

  @Test func `a lease takes one call at a time, and none of another namespace`() throws {
    var table = LeaseTable(at: .zero)
    let one = registration("a")
    try table.begin(one, try one.engineSpec(in: ""))
    #expect(throws: RegistrationError.busy(leaseID: "a")) { try table.begin(one, try one.engineSpec(in: "")) }
    #expect(throws: RegistrationError.busy(leaseID: "a")) { try table.beginEnd(["a"]) }
    table.finish("a", at: .zero)
    try table.beginEnd(["a"])
    #expect(throws: RegistrationError.busy(leaseID: "a")) { try table.begin(one, try one.engineSpec(in: "")) }
    // What is being ended does not expire beside it, and is kept when the store refuses.
    #expect(expired(&table, from: 1, to: 40) == [:])
    table.keep(["a"])
    #expect(table.leases.count == 1)
    let theirs = registration("a", namespace: "other")
    #expect(throws: RegistrationError.leaseExists(leaseID: "a")) {
      try table.begin(theirs, try theirs.engineSpec(in: ""))
    }
  }

  @Test func `a registration that the store refuses leaves the lease unchanged`() throws {
    var table = LeaseTable(at: .zero)
    try add(registration("a", id: "x"), to: &table)
    let version = table.version
    let other = registration("a", "http://b:1", id: "y")
    try table.begin(other, try other.engineSpec(in: ""))
    table.abandon("a")
    #expect(table.engines.map(\.id) == ["x"])
    #expect(table.version == version)
    #expect(table.spec(ofEngine: "x") != nil && table.spec(ofEngine: "y") == nil)
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func `the table lists exactly the leases it holds`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var table = LeaseTable(at: .zero)
    // Lease to place and end, as it should be.
    var held: [String: (url: String, ends: Int)] = [:]
    for second in 1...400 {
      for lease in table.expire(at: .seconds(second)).map(\.id) {
        let was = held.removeValue(forKey: lease)
        #expect(was.map { $0.ends <= second } == true)
      }
      #expect(held.values.allSatisfy { $0.ends > second })
      let lease = "l\(Int.random(in: 0..<12, using: &random))"
      let url = "http://h\(Int.random(in: 0..<5, using: &random)):1"
      let ttl = Int.random(in: 5...60, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1:
        try add(registration(lease, url, ttl: ttl), to: &table, at: second)
        held[lease] = (url, second + ttl)
      case 2:
        let kept = table.keepAlive(lease, at: .seconds(second))
        #expect((kept != nil) == (held[lease] != nil))
        if let kept { held[lease]?.ends = second + Int(kept.components.seconds) }
      case 3:
        table.end([lease])
        held[lease] = nil
      default:
        let given = registration(lease, url, ttl: ttl)
        try table.begin(given, try given.engineSpec(in: ""))
        table.abandon(lease)
      }
      #expect(Set(table.engines.map(\.url.description)) == Set(held.values.map(\.url)))
      #expect(table.engines.count == Set(held.values.map(\.url)).count)
      for spec in table.engines {
        let here = held.filter { $0.value.url == spec.url.description }.map(\.key)
        #expect(table.leases(at: spec.place).map(\.id).sorted() == here.sorted())
      }
    }
  }
}
