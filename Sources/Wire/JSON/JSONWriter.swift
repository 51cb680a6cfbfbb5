import HTTP

/// Appends JSON (RFC 8259) to bytes, and inserts the commas itself.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// `capacity`: the number of bytes that the caller expects.
  init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  mutating func object(_ body: (inout JSONWriter) -> Void) {
    begin(UInt8(ascii: "{"))
    body(&self)
    end(UInt8(ascii: "}"))
  }

  mutating func array(_ body: (inout JSONWriter) -> Void) {
    begin(UInt8(ascii: "["))
    body(&self)
    end(UInt8(ascii: "]"))
  }

  /// Appends the name of a member. The caller passes Rollcall's own names, which need no escapes.
  mutating func key(_ name: String) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: name.utf8)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func string(_ value: String) {
    comma()
    JSONText.append(value, to: &bytes)
  }

  mutating func integer(_ value: Int64) {
    comma()
    bytes.append(contentsOf: String(value).utf8)
  }

  /// Appends the shortest decimal that reads back as the same number; `null` for a number that JSON cannot express.
  mutating func number(_ value: Double) {
    guard value.isFinite else { return null() }
    if let integer = Int64(exactly: value) { return self.integer(integer) }
    comma()
    bytes.append(contentsOf: value.description.utf8)
  }

  mutating func boolean(_ value: Bool) {
    comma()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  mutating func null() {
    comma()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Appends a value, or members of an object, that are already JSON.
  mutating func raw(_ json: ArraySlice<UInt8>) {
    comma()
    bytes.append(contentsOf: json)
  }

  private mutating func begin(_ bracket: UInt8) {
    comma()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func end(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func comma() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }
}

extension JSONWriter {
  /// Appends a member whose name comes from outside and may need escapes.
  mutating func member(strange name: String, _ value: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
    string(value)
  }

  /// Appends a member whose name comes from outside and may need escapes.
  mutating func member(strange name: String, _ value: Double) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
    number(value)
  }

  /// Appends a member; `null` for nil.
  mutating func member(_ name: String, _ value: Double?) {
    key(name)
    if let value { number(value) } else { null() }
  }

  mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  mutating func member(_ name: String, _ value: Int64) {
    key(name)
    integer(value)
  }

  mutating func member(_ name: String, _ value: Bool) {
    key(name)
    boolean(value)
  }

  /// Appends a member; `null` for nil.
  mutating func member(_ name: String, _ value: Int64?) {
    key(name)
    if let value { integer(value) } else { null() }
  }

  /// Appends a member; `null` for nil.
  mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }
}
