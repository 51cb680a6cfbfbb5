import Logging
import NIOCore
import NIOEmbedded
import TLS
import Testing

@testable import Transport

/// Which TLS handshake is next, and which gives way.
@Suite("TLS handshakes of an event loop")
struct LoopHandshakesTests {
  private let core = ServerCore(
    configuration: ServerConfiguration(), services: [], responder: Mirror(gate: Gate()),
    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  private let loop = LoopState(eventLoop: EmbeddedEventLoop())
  private let handshakes = LoopHandshakes()

  private let certificates: ServerCertificates

  init() throws {
    certificates = try ServerCertificates(ServerTLS([.init(certFile: "\(Carrier.directory)/server.pem")]))
  }

  private func connection(_ peer: UInt64) -> SecuredEnd {
    SecuredEnd(core: core, loop: loop, peer: Peer(id: peer, isLoopback: false), certificates: certificates)
  }

  /// Admits handshakes of such peers at a time in milliseconds; returns whether each is admitted, and what it cuts.
  private func admit(_ connections: [SecuredEnd], now: Int = 0) -> [(isAdmitted: Bool, cut: SecuredEnd?)] {
    connections.map { handshakes.admit($0, limit: 4, now: now) }
  }

  @Test func `those of one address wait for their turn, in their order`() {
    let all = (0..<7).map { _ in connection(1) }
    #expect(admit(all).map(\.isAdmitted) == [true, true, true, true, false, false, false])
    handshakes.ended(all[2])
    // The fifth has the place: it ends as one that was under way.
    handshakes.gaveUp(all[5])
    handshakes.ended(all[4])
    #expect(admit([connection(1)])[0].isAdmitted == false)
  }

  @Test func `a newcomer takes the place of the oldest of the address that has the most`() {
    let many = (0..<4).map { _ in connection(1) }
    _ = admit(many)
    let first = admit([connection(2)])[0]
    #expect(first.isAdmitted && first.cut === many[0])
    // What gave way is counted no more, and its end admits nobody.
    handshakes.ended(many[0])
    let second = admit([connection(2)])[0]
    #expect(second.isAdmitted && second.cut === many[1])
    // Two each: neither has to give way to the other, and one of them to a third.
    #expect(admit([connection(2), connection(1)]).map(\.isAdmitted) == [false, false])
    #expect(admit([connection(3)]).map(\.isAdmitted) == [true])
  }

  @Test func `many addresses with a handshake each wait, until one takes long`() {
    let all = (1...4).map { connection(UInt64($0)) }
    _ = admit(all)
    #expect(admit([connection(9)], now: LoopHandshakes.patience).map(\.isAdmitted) == [false])
    let late = admit([connection(10)], now: LoopHandshakes.patience + 1)[0]
    #expect(late.isAdmitted && late.cut === all[0])
  }

  @Test func `addresses that are exempt from limits of their own give way to none in time`() {
    let exempt = (0..<4).map { _ in connection(0) }
    _ = admit(exempt)
    #expect(admit([connection(1)]).map(\.isAdmitted) == [false])
  }
}
