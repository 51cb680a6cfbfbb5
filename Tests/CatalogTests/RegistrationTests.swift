import Catalog
import TestKit
import Testing

@Suite struct RegistrationTests {
  private let store = FailingStore()

  private func claim(_ lease: String, _ url: String = "http://a:1") -> Registration {
    Registration(leaseID: lease, namespace: "team", url: url, labels: ["a": "1"], ttl: .seconds(60))
  }

  @Test func `a registration is durable, written when it differs, and there after a restart`() async throws {
    let catalog = try makeCatalog(store: store)
    try await catalog.register(claim("b"), at: moment(1))
    try await catalog.register(claim("a"), at: moment(2))
    try await catalog.register(claim("b"), at: moment(3))
    try await catalog.register(claim("b", "http://b:1"), at: moment(4))
    #expect(store.commits.map(\.isDurable) == [true, true, true])
    let expected = [claim("a"), claim("b", "http://b:1")]
    #expect(catalog.registrations() == expected)
    #expect(try makeCatalog(store: store).registrations() == expected)
    // What is claimed is no model, but a revision.
    #expect(catalog.view.snapshot.count == 0 && catalog.view.head == 1_003)
  }

  @Test func `a deregistered lease is gone, durably where the caller asks for that`() async throws {
    let catalog = try makeCatalog(store: store)
    for lease in ["a", "b", "c"] { try await catalog.register(claim(lease), at: moment(1)) }
    try await catalog.deregister(["a", "ghost"], isDurable: true, at: moment(2))
    try await catalog.deregister(["b"], isDurable: false, at: moment(3))
    try await catalog.deregister(["b"], isDurable: true, at: moment(3))
    #expect(store.commits.suffix(2).map(\.isDurable) == [true, false] && store.commits.count == 5)
    #expect(catalog.registrations().map(\.leaseID) == ["c"])
    #expect(try makeCatalog(store: store).registrations().map(\.leaseID) == ["c"])
  }

  @Test func `a registration that the store refuses is not known`() async throws {
    let catalog = try makeCatalog(store: store)
    store.fail(after: 0)
    await #expect(throws: FailingStore.refusal) { try await catalog.register(claim("a"), at: moment(1)) }
    #expect(catalog.registrations().isEmpty && catalog.storeFailure != nil)
    store.fail(after: nil)
    try await catalog.register(claim("a"), at: moment(2))
    store.fail(after: 0)
    await #expect(throws: FailingStore.refusal) {
      try await catalog.deregister(["a"], isDurable: true, at: moment(3))
    }
    #expect(catalog.registrations().count == 1)
  }

  @Test func `many registrations at once are one transaction, and the last change of a lease counts`() async throws {
    let catalog = try makeCatalog(store: store)
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<100 {
        group.addTask { try? await catalog.register(claim("l\(index)"), at: moment(1)) }
        group.addTask { try? await catalog.deregister(["l\(index)"], isDurable: true, at: moment(1)) }
      }
    }
    let known = catalog.registrations()
    #expect(try makeCatalog(store: store).registrations() == known)
  }

  @Test func `a lease id has at most 64 lower-case letters, digits and hyphens, and a new one is unique`() {
    for good in ["a", "0-9-z", String(repeating: "x", count: 64)] { #expect(Registration.isLeaseID(good)) }
    for bad in ["", "A", "a b", "é", "a/b", "a\0", String(repeating: "x", count: 65)] {
      #expect(!Registration.isLeaseID(bad))
    }
    let made = (0..<1_000).map { _ in Registration.newLeaseID() }
    #expect(Set(made).count == 1_000 && made.allSatisfy { $0.count == 26 && Registration.isLeaseID($0) })
  }
}
