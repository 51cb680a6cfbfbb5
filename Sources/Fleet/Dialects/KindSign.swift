/// Something that an engine of a kind shows and few others do.
package enum KindSign: Sendable {
  /// In the answer to a list.
  case list(@Sendable (EngineResponse, ModelList) -> Bool)
  /// In the answer to a GET, which costs nothing on an engine of any kind. Beside it is the list, which is empty for a
  /// kind that has it at a path of its own.
  case answer(String, @Sendable (EngineResponse, ModelList) -> Bool)

  /// The owner of all entries that have one, whatever their order.
  static func owner(_ names: String...) -> KindSign {
    .list { _, list in
      let owners = list.cards.lazy.map(\.ownedBy).filter { !$0.isEmpty }
      return !owners.isEmpty && owners.allSatisfy(names.contains)
    }
  }

  /// Any of these fields in any entry.
  static func fields(_ marks: ModelCard.Marks) -> KindSign {
    .list { _, list in list.cards.contains { !$0.marks.isDisjoint(with: marks) } }
  }

  /// A version at a path.
  static func version(_ path: String) -> KindSign {
    .answer(path) { answer, _ in !VersionAnswer.read(answer).isEmpty }
  }
}

extension Dialect {
  /// The number of signs in a list. The list of a Rollcall has none: it repeats owners and fields of the engines behind.
  func listSigns(_ list: ModelList, _ answer: EngineResponse) -> Int {
    if list.cards.first?.marks.contains(.totalReplicas) == true { return 0 }
    return signs.count { if case .list(let matches) = $0 { matches(answer, list) } else { false } }
  }

  /// Whether any of its signs is in a list.
  var hasListSigns: Bool { signs.contains { if case .list = $0 { true } else { false } } }
}
