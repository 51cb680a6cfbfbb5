import Catalog
import TestKit

@testable import Fleet

/// The troubles of a world's sources, and what an operator does to them.
extension World {
  mutating func changeTrouble() {
    guard let index = pick(configured.filter { !sources[$0].isOwn }) else { return }
    let wasTroubled = sources[index].isTroubled
    sources[index].isSilent = false
    for part in sources[index].parts.indices { sources[index].parts[part].trouble = .none }
    if wasTroubled, chance(70) { return say("\(sources[index].id) is well again") }
    if troubles.contains(.silence), chance(40) {
      sources[index].isSilent = true
      return say("\(sources[index].id) falls silent")
    }
    var kinds: [WorldPart.Trouble] = []
    if troubles.contains(.partial), sources[index].id.kind == .kubernetes { kinds += [.failing, .partial] }
    if troubles.contains(.mistakes) { kinds += [.wiped, .halved, .strange] }
    guard let kind = pick(kinds) else { return }
    let parts = sources[index].parts.indices
    let only = Int.random(in: parts, using: &random)
    let isAll = chance(30)
    for part in parts where isAll || part == only { sources[index].parts[part].trouble = kind }
    say("\(sources[index].id)\(isAll ? "" : ", part \(sources[index].parts[only].name),") is \(kind) from now on")
  }

  /// Engines that do not exist, as a wrong answer names them.
  mutating func strangers(for source: WorldSource) -> [WorldObject] {
    guard source.parts.contains(where: { $0.trouble == .strange }), source.id.kind != .peer else { return [] }
    let tenant = source.parts[0].tenant ?? "ns-a"
    return (0..<Int(random.next() % 3)).map { number in
      object(at: "10.9.9.\(number + 1):8000", of: tenant, in: source.id, name: "\(tenant)/stranger-\(number):8000")
    }
  }

  /// An operator edits the configuration: a source goes, comes, or gets another query.
  mutating func reload() {
    guard let index = pick(sources.indices.filter { !sources[$0].isOwn }) else { return }
    let id = sources[index].id
    if !sources[index].isConfigured {
      say("\(id) is configured")
      sources[index].isConfigured = true
      sources[index].restart()
    } else if chance(40) {
      say("\(id) is configured no more")
      sources[index].isConfigured = false
      promises.claims.drop(id)
      fleet.drop(id)
      check()
    } else {
      say("the query of \(id) is changed")
      sources[index].restart()
      promises.claims.expectChange(of: id)
      fleet.expectChange(of: id)
      guard let part = pick(sources[index].parts.indices.map { $0 }) else { return }
      guard sources[index].id.kind != .kubernetes else {
        sources[index].parts[part].isWanted.toggle()
        return
      }
      let kept = sources[index].parts[part].objects.filter { _ in chance(50) }
      sources[index].parts[part].objects = kept
    }
  }
}
