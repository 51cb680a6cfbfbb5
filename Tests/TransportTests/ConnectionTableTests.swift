import HTTP
import NIOCore
import Testing

@testable import Transport

@Suite struct ConnectionTableTests {
  private func table(_ connections: Int, perPeer: Int = 1_000, reserved: Int = 0) -> ConnectionTable {
    var limits = Limits()
    limits[.connections] = connections
    limits[.connectionsPerPeer] = perPeer
    limits[.reservedConnections] = reserved
    return ConnectionTable(limits)
  }

  private func peer(_ id: UInt64) -> Peer { Peer(id: id, isLoopback: true) }

  @Test func `a connection beyond the limit is refused, and one that leaves makes room`() throws {
    let table = table(2)
    #expect(try table.enter(peer(1)) { _ in false } == .usual)
    #expect(try table.enter(peer(2)) { _ in false } == .usual)
    #expect(throws: ConnectionTable.Refusal.full) { try table.enter(peer(3)) { _ in false } }
    table.leave(peer(1), .usual)
    #expect(try table.enter(peer(3)) { _ in false } == .usual && table.count == 2)
  }

  @Test func `an idle connection gives way at the limit`() throws {
    let table = table(1)
    #expect(try table.enter(peer(1)) { _ in false } == .usual)
    var asked: [ConnectionTable.Room] = []
    let place = try table.enter(peer(2)) { room in
      asked.append(room)
      table.leave(peer(1), .usual)
      return true
    }
    #expect(place == .usual && asked == [.at(.usual)])
    #expect(table.count == 1)
  }

  @Test func `a flood at the limit never has more connections than both limits allow`() throws {
    let table = table(3, reserved: 2)
    var open: [ConnectionTable.Place] = []
    for number in 0..<100 {
      // The connections that give way are of any kind; they leave the table before the next one enters.
      var leaving: ConnectionTable.Place?
      let place = try? table.enter(peer(1)) { room in
        guard number % 3 > 0, case .at(let place) = room, let index = open.firstIndex(of: place) else { return false }
        leaving = open.remove(at: index)
        return true
      }
      if let leaving { table.leave(peer(1), leaving) }
      if let place { open.append(place) }
      #expect(open.count { $0 == .usual } <= 3 && open.count { $0 == .reserved } <= 2 && table.count == open.count)
    }
    #expect(table.count == 5)
  }

  @Test func `a reserved connection gives way only when the reserve is full, and leaves a reserved place`() throws {
    let table = table(1, reserved: 1)
    #expect(try table.enter(peer(1)) { _ in false } == .usual)
    #expect(try table.enter(peer(1)) { $0 == .at(.reserved) } == .reserved)
    #expect(try table.enter(peer(1)) { $0 == .at(.reserved) } == .reserved)
  }

  @Test func `one peer cannot take the places of all, and only its own connections give way for it`() throws {
    let table = table(10, perPeer: 2)
    for _ in 0..<2 { #expect(try table.enter(peer(1)) { _ in false } == .usual) }
    #expect(throws: ConnectionTable.Refusal.peerIsFull) { try table.enter(peer(1)) { $0 != .ofPeer } }
    #expect(try table.enter(peer(2)) { _ in false } == .usual)
    table.leave(peer(1), .usual)
    #expect(try table.enter(peer(1)) { _ in false } == .usual)
  }

  @Test func `a peer that is exempt has no limit of its own`() throws {
    let table = table(5, perPeer: 1)
    for _ in 0..<5 { #expect(try table.enter(peer(0)) { _ in false } == .usual) }
    #expect(throws: ConnectionTable.Refusal.full) { try table.enter(peer(0)) { _ in false } }
  }

  @Test func `places are reserved beyond the limit, and a peer that is full gets none of them`() throws {
    let table = table(1, perPeer: 1, reserved: 1)
    #expect(try table.enter(peer(1)) { _ in false } == .usual)
    #expect(throws: ConnectionTable.Refusal.peerIsFull) { try table.enter(peer(1)) { _ in false } }
    #expect(try table.enter(peer(2)) { _ in false } == .reserved)
    #expect(throws: ConnectionTable.Refusal.full) { try table.enter(peer(3)) { _ in false } }
    table.leave(peer(2), .reserved)
    #expect(try table.enter(peer(3)) { _ in false } == .reserved)
  }

  @Test(arguments: [
    ("/healthz", true), ("/readyz?verbose", true), ("/metrics", true), ("/grpc.health.v1.Health/Check", true),
    ("/rollcall.v1.CatalogAdmin/ListEngines", true), ("/v1/models", false), ("/healthzx", false),
    ("/grpc.health.v1.Health/Watch", false), ("/rollcall.v1.ModelCatalog/ListModels", false), ("", false),
  ])
  func `a reserved connection serves health, metrics and the admin service alone`(path: String, isServed: Bool) {
    #expect(Admission(peer: .unknown, place: .reserved).allows(path) == isServed)
    #expect(Admission(peer: .unknown).allows(path))
  }
}

@Suite struct PeerTests {
  @Test func `a trusted proxy is exempt from the limits of one peer`() throws {
    let trusted = [try #require(AddressRange("10.0.0.0/8"))]
    #expect(try Peer(.init(ipAddress: "10.1.2.3", port: 1), trusted: trusted).id == 0)
    #expect(try Peer(.init(ipAddress: "::ffff:10.1.2.3", port: 1), trusted: trusted).id == 0)
    #expect(try Peer(.init(ipAddress: "11.1.2.3", port: 1), trusted: trusted).id != 0)
  }

  @Test func `addresses of one network of IPv6 are one peer, others are not`() throws {
    func id(_ address: String) throws -> UInt64 { try Peer(.init(ipAddress: address, port: 1)).id }
    #expect(try id("2001:db8:1:2::1") == id("2001:db8:1:2:ffff:1:2:3"))
    #expect(try id("2001:db8:1:2::1") != id("2001:db8:1:3::1"))
    #expect(try id("2001:db8::1") == id("2001:db8::2"))
    #expect(try id("::1") != id("2001:db8::1"))
    #expect(try id("10.0.0.1") != id("10.0.0.2") && id("10.0.0.1") != 0)
    #expect(try id("10.0.0.1") == id("::ffff:10.0.0.1"))
  }
}
