package import Catalog

/// A codec of facts for tests: a text follows its length, and a number is written as text.
package struct PlainFactCodec: FactCodec {
  package init() {}

  package func encode(_ facts: EngineFacts) -> [UInt8] {
    var record = PlainRecord()
    for text in [facts.id, facts.endpoint, facts.kind, facts.version, facts.namespace, facts.cluster] {
      record.append(text)
    }
    record.append(facts.condition)
    record.append(facts.labels)
    record.append(facts.via)
    record.append(facts.podUID)
    let parts = facts.reasonParts ?? ReasonParts()
    for text in [parts.finding, parts.hint, parts.trouble, parts.pendingRemoval] { record.append(text) }
    return record.bytes
  }

  package func decodeEngine(_ bytes: [UInt8]) -> EngineFacts? {
    var record = PlainRecord(bytes)
    guard let id = record.text(), let endpoint = record.text(), let kind = record.text(), let version = record.text(),
      let namespace = record.text(), let cluster = record.text(), let condition = record.condition(),
      let labels = record.labels(), let via = record.texts(), let podUID = record.text(),
      let finding = record.text(), let hint = record.text(), let trouble = record.text(),
      let pendingRemoval = record.text(), record.isAtEnd
    else { return nil }
    var facts = EngineFacts(
      id: id, endpoint: endpoint, kind: kind, version: version, namespace: namespace, cluster: cluster,
      labels: labels, via: via, podUID: podUID, condition: condition)
    let parts = ReasonParts(finding: finding, hint: hint, trouble: trouble, pendingRemoval: pendingRemoval)
    if !parts.isFindingAlone { facts.setReason(parts) }
    return facts
  }

  package func encode(_ facts: ReplicaFacts) -> [UInt8] {
    var record = PlainRecord()
    for text in [facts.modelID, facts.ownedBy, facts.root, facts.parent, facts.version] {
      record.append(text)
    }
    record.append(Int64(facts.kind.rawValue))
    record.append(facts.maxModelLen)
    record.append(facts.labels)
    if let condition = facts.condition { record.append(condition) }
    return record.bytes
  }

  package func decodeReplica(_ bytes: [UInt8]) -> ReplicaFacts? {
    var record = PlainRecord(bytes)
    guard let id = record.text(), let ownedBy = record.text(), let root = record.text(), let parent = record.text(),
      let version = record.text(), let kind = record.number().flatMap({ ModelKind(rawValue: UInt8($0)) }),
      let length = record.number(), let labels = record.labels()
    else { return nil }
    let facts = ReplicaFacts(
      modelID: id, kind: kind, ownedBy: ownedBy, root: root, parent: parent, version: version, maxModelLen: length,
      condition: record.isAtEnd ? nil : record.condition(), labels: labels)
    return record.isAtEnd ? facts : nil
  }

  package func encode(_ facts: SeenFacts) -> [UInt8] {
    var record = PlainRecord()
    record.append(facts.created.microseconds)
    for number in [facts.createdUptime?.microseconds, facts.gone?.microseconds, facts.goneUptime?.microseconds] {
      record.append(number.map(String.init) ?? "")
    }
    return record.bytes
  }

  package func decodeSeen(_ bytes: [UInt8]) -> SeenFacts? {
    var record = PlainRecord(bytes)
    guard let created = record.number() else { return nil }
    let (createdUptime, gone, goneUptime) = (record.number(), record.number(), record.number())
    return SeenFacts(
      created: Timestamp(microseconds: created), createdUptime: createdUptime.map { .microseconds($0) },
      gone: gone.map { Timestamp(microseconds: $0) }, goneUptime: goneUptime.map { .microseconds($0) })
  }

  package func encode(labels: [String: String]) -> [UInt8] {
    var record = PlainRecord()
    record.append(labels)
    return record.bytes
  }

  package func decodeLabels(_ bytes: [UInt8]) -> [String: String]? {
    var record = PlainRecord(bytes)
    return record.labels()
  }

  package func encode(_ registration: Registration) -> [UInt8] {
    var record = PlainRecord()
    for text in [
      registration.leaseID, registration.namespace, registration.url, registration.kind, registration.engineID,
      registration.cluster, registration.keyEnv, registration.keyFile,
    ] {
      record.append(text)
    }
    record.append(registration.labels)
    record.append(Int64(registration.ttl / .milliseconds(1)))
    return record.bytes
  }

  package func decodeRegistration(_ bytes: [UInt8]) -> Registration? {
    var record = PlainRecord(bytes)
    guard let leaseID = record.text(), let namespace = record.text(), let url = record.text(),
      let kind = record.text(), let engineID = record.text(), let cluster = record.text(),
      let keyEnv = record.text(), let keyFile = record.text(), let labels = record.labels(),
      let ttl = record.number(), record.isAtEnd
    else { return nil }
    return Registration(
      leaseID: leaseID, namespace: namespace, url: url, kind: kind, engineID: engineID, cluster: cluster,
      labels: labels, keyEnv: keyEnv, keyFile: keyFile, ttl: .milliseconds(ttl))
  }

  package func encode(claims: [EngineClaim]) -> [UInt8] {
    var record = PlainRecord()
    for claim in claims {
      for text in [
        claim.sourceKind, claim.sourceName, claim.part, claim.id, claim.kind, claim.keyEnv, claim.keyFile, claim.hint,
        claim.workload, claim.modelVersion,
      ] {
        record.append(text)
      }
      record.append(claim.omittedMinutes.map(Int64.init) ?? -1)
      record.append(Int64(claim.hintCause.rawValue))
      for flag in [claim.isProbed, claim.hasLiteralKey, claim.isDraining] { record.append(flag ? 1 : 0) }
    }
    return record.bytes
  }

  package func decodeClaims(_ bytes: [UInt8]) -> [EngineClaim]? {
    var record = PlainRecord(bytes)
    var claims: [EngineClaim] = []
    while !record.isAtEnd {
      let texts = (0..<10).compactMap { _ in record.text() }
      let numbers = (0..<5).compactMap { _ in record.number() }
      guard texts.count == 10, numbers.count == 5, let cause = StateCause(rawValue: UInt8(numbers[1])) else {
        return nil
      }
      var claim = EngineClaim(
        sourceKind: texts[0], sourceName: texts[1], part: texts[2], id: texts[3],
        omittedMinutes: numbers[0] < 0 ? nil : Int(numbers[0]), isProbed: numbers[2] == 1)
      (claim.kind, claim.keyEnv, claim.keyFile) = (texts[4], texts[5], texts[6])
      (claim.hint, claim.workload, claim.modelVersion) = (texts[7], texts[8], texts[9])
      claim.hintCause = cause
      (claim.hasLiteralKey, claim.isDraining) = (numbers[3] == 1, numbers[4] == 1)
      claims.append(claim)
    }
    return claims
  }

  package func encode(deriveVersion: Int) -> [UInt8] {
    var record = PlainRecord()
    record.append(Int64(deriveVersion))
    return record.bytes
  }

  package func decodeDeriveVersion(_ bytes: [UInt8]) -> Int? {
    var record = PlainRecord(bytes)
    return record.number().map { Int($0) }
  }
}

private struct PlainRecord {
  var bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8] = []) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position == bytes.count }

  mutating func append(_ text: String) {
    bytes += "\(text.utf8.count):".utf8
    bytes += text.utf8
  }

  mutating func append(_ number: Int64) {
    append(String(number))
  }

  mutating func append(_ condition: Condition) {
    append(Int64(condition.state.rawValue))
    append(Int64(condition.cause.rawValue))
    append(condition.reason)
    append(condition.changedAt.microseconds)
  }

  mutating func append(_ labels: [String: String]) {
    append(Int64(labels.count))
    for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
      append(name)
      append(value)
    }
  }

  mutating func append(_ texts: [String]) {
    append(Int64(texts.count))
    for text in texts { append(text) }
  }

  mutating func texts() -> [String]? {
    guard let count = number() else { return nil }
    var texts: [String] = []
    for _ in 0..<count {
      guard let text = text() else { return nil }
      texts.append(text)
    }
    return texts
  }

  mutating func labels() -> [String: String]? {
    guard let count = number() else { return nil }
    var labels: [String: String] = [:]
    for _ in 0..<count {
      guard let name = text(), let value = text() else { return nil }
      labels[name] = value
    }
    return labels
  }

  mutating func text() -> String? {
    guard let colon = bytes[position...].firstIndex(of: UInt8(ascii: ":")),
      let count = Int(String(decoding: bytes[position..<colon], as: UTF8.self)), count >= 0,
      colon + 1 + count <= bytes.count
    else { return nil }
    position = colon + 1 + count
    return String(validating: bytes[colon + 1..<position], as: UTF8.self)
  }

  mutating func number() -> Int64? {
    text().flatMap { Int64($0) }
  }

  mutating func condition() -> Condition? {
    guard let state = number().flatMap({ ModelState(rawValue: UInt8($0)) }),
      let cause = number().flatMap({ StateCause(rawValue: UInt8($0)) }), let reason = text(),
      let changedAt = number()
    else { return nil }
    return Condition(state: state, cause: cause, reason: reason, changedAt: Timestamp(microseconds: changedAt))
  }
}
