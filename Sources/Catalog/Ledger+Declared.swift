extension Ledger {
  /// Adds what declaring these labels changes; nil when it must wait for another plan. Throws when there is no such
  /// model, or another than the caller knows.
  func add(_ declaration: LabelsDeclaration, present: Model?, to plan: inout Plan) throws(LabelsError) -> Bool {
    // What an earlier transaction of the same plan changes is not known here, so an etag is compared in a plan of its own.
    guard declaration.etag.isEmpty || plan.transactions.isEmpty,
      plan.claim([.labels(declaration.key)], giving: [declaration.key], taking: [])
    else { return false }
    guard let present else { throw .notFound }
    guard declaration.etag.isEmpty || declaration.etag == present.etag else { throw .etagMismatch }
    let key = declaration.key
    let known = labels[key]?.value ?? [:]
    guard !haveSameBytes(known, declaration.labels) else { return true }
    if !declaration.labels.isEmpty {
      plan.add([.labels(key, declaration.labels)], isDurable: true)
    } else if let facts = seen[key]?.value {
      // What goes leaves its trace.
      plan.add([.labelsGone(key), .seen(key, facts)], isDurable: true)
    }
    return true
  }

  /// Adds that a model which nobody serves is remembered no more. False when it must wait for another plan.
  func addForgetting(_ key: ModelKey, to plan: inout Plan) -> Bool {
    guard plan.claim([.memory(key)], giving: [], taking: [key]) else { return false }
    guard holders[key] == nil, seen[key] != nil else { return true }
    // What is durable goes durably: a later declaration of none writes nothing.
    let declared: [FactChange] = labels[key] == nil ? [] : [.labelsGone(key)]
    plan.add([.seenGone(key)] + declared, isDurable: !declared.isEmpty)
    return true
  }

  /// Adds since when a model is gone, where that was lost. False when it must wait for another plan.
  func addLoss(of key: ModelKey, at now: Timestamp, to plan: inout Plan) -> Bool {
    guard plan.claim([.memory(key)], giving: [], taking: [key]) else { return false }
    guard holders[key] == nil, var facts = seen[key]?.value, facts.gone == nil else { return true }
    facts.gone = now
    plan.add([.seen(key, facts)])
    return true
  }
}

/// Whether two sets of labels are the same bytes: to Swift two spellings of one accent are equal.
private func haveSameBytes(_ a: [String: String], _ b: [String: String]) -> Bool {
  a.count == b.count
    && a.allSatisfy { name, value in
      b.index(forKey: name).map { sameBytes(b[$0].key, name) && sameBytes(b[$0].value, value) } ?? false
    }
}

/// Labels that someone declares for a model: the whole set.
struct LabelsDeclaration: Sendable {
  var key: ModelKey
  var labels: [String: String]
  /// What the model's etag must be; empty is anything.
  var etag: String
}

/// Why labels are not declared.
package enum LabelsError: Error, Hashable {
  case notFound
  /// The model is another than the caller knows.
  case etagMismatch
  /// For people.
  case invalid(String)
}

extension LabelsDeclaration {
  static let countLimit = 64
  static let nameLimit = 256
  static let valueLimit = 1_024

  func check() throws(LabelsError) {
    guard labels.count <= Self.countLimit else { throw .invalid("more than \(Self.countLimit) labels") }
    for (name, value) in labels {
      guard !name.isEmpty, name.utf8.count <= Self.nameLimit, !name.utf8.contains(0) else {
        throw .invalid("a name is empty, holds NUL or is longer than \(Self.nameLimit) bytes")
      }
      guard value.utf8.count <= Self.valueLimit, !value.utf8.contains(0) else {
        throw .invalid("the value of \(name.debugDescription) holds NUL or is longer than \(Self.valueLimit) bytes")
      }
    }
  }
}
