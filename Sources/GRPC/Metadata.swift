/// The custom metadata of a call, in order and with repeats. Names are in lower case. Values of names that end in
/// `-bin` are bytes (base64 on the wire); all others are printable ASCII.
package struct Metadata: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package var name: String
    package var value: [UInt8]
  }

  package private(set) var entries: [Entry]

  package init() {
    entries = []
  }

  package mutating func append(_ name: String, _ value: String) {
    entries.append(Entry(name: name, value: Array(value.utf8)))
  }

  /// Appends a value of bytes; `name` has to end in `-bin`.
  package mutating func append(_ name: String, binary value: [UInt8]) {
    entries.append(Entry(name: name, value: value))
  }

  /// The first value of a name, as text; nil when there is none.
  package subscript(name: String) -> String? {
    entries.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
  }

  /// Every value of a name.
  package func values(_ name: String) -> [[UInt8]] {
    entries.filter { $0.name == name }.map(\.value)
  }
}
