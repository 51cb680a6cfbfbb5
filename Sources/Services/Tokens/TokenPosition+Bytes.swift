import Catalog

/// The binary format: the key's namespace and id, the number of values, and for each value a byte for its kind and the
/// value's bytes.
extension TokenPosition {
  private static let absent: UInt8 = 0
  private static let text: UInt8 = 1
  private static let number: UInt8 = 2
  private static let real: UInt8 = 3
  private static let beginning: UInt8 = 4

  init?(_ reader: inout ByteReader) {
    guard let namespace = reader.text(), let id = reader.text(), let count = reader.byte() else { return nil }
    self.init(key: ModelKey(namespace: namespace, id: id))
    for _ in 0..<count {
      guard let value = Self.value(&reader) else { return nil }
      values.append(value)
    }
  }

  private static func value(_ reader: inout ByteReader) -> Value? {
    switch reader.byte() {
    case absent: .whole(.absent)
    case text: reader.text().map { .whole(.text($0)) }
    case number: reader.word().map { .whole(.number(Int64(bitPattern: $0))) }
    case real: reader.word().map { .whole(.real(Double(bitPattern: $0))) }
    case beginning: reader.text().map { .beginning($0) }
    default: nil
    }
  }

  func append(to bytes: inout [UInt8]) {
    bytes.append(text: key.namespace)
    bytes.append(text: key.id)
    bytes.append(UInt8(values.count))
    for value in values {
      switch value {
      case .whole(.absent):
        bytes.append(Self.absent)
      case .whole(.text(let text)):
        bytes.append(Self.text)
        bytes.append(text: text)
      case .whole(.number(let number)):
        bytes.append(Self.number)
        bytes.append(word: UInt64(bitPattern: number))
      case .whole(.real(let real)):
        bytes.append(Self.real)
        bytes.append(word: real.bitPattern)
      case .beginning(let text):
        bytes.append(Self.beginning)
        bytes.append(text: text)
      }
    }
  }
}
