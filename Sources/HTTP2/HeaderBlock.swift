/// A header block as it came: every name and value in one buffer, in order. Storage is reused from stream to stream.
package struct HeaderBlock {
  /// Where one field lies: its value follows its name.
  package struct Field {
    package var start: Int
    package var nameCount: Int
    package var valueCount: Int
  }

  package private(set) var bytes: [UInt8] = []
  package private(set) var fields: [Field] = []
  /// Size as RFC 9113 section 6.5.2 counts it.
  package private(set) var listSize = 0
  /// The block was larger than the settings allow; what came after is not here.
  package private(set) var isTooLarge = false
  private var methodField = -1
  private var pathField = -1
  private var authorityField = -1
  private var schemeField = -1
  private var statusField = -1

  package init() {}

  package var method: ArraySlice<UInt8> { value(at: methodField) }
  package var path: ArraySlice<UInt8> { value(at: pathField) }
  package var authority: ArraySlice<UInt8> { value(at: authorityField) }
  package var scheme: ArraySlice<UInt8> { value(at: schemeField) }

  /// `:status` of a response; 0 in a request and in trailers.
  package var status: Int {
    value(at: statusField).reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  package func name(of field: Field) -> ArraySlice<UInt8> {
    bytes[field.start..<field.start + field.nameCount]
  }

  package func value(of field: Field) -> ArraySlice<UInt8> {
    let start = field.start + field.nameCount
    return bytes[start..<start + field.valueCount]
  }

  /// The first value of a name (lower-case bytes).
  package func firstValue(_ name: [UInt8]) -> ArraySlice<UInt8>? {
    for field in fields where field.nameCount == name.count && isName(field, name) {
      return value(of: field)
    }
    return nil
  }

  mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, limit: Int) {
    listSize += name.count + value.count + 32
    guard listSize <= limit else {
      isTooLarge = true
      return
    }
    if unsafe name.count >= 5 && name[0] == UInt8(ascii: ":") {
      switch unsafe (name.count, name[1]) {
      case (5, UInt8(ascii: "p")): pathField = fields.count
      case (7, UInt8(ascii: "m")): methodField = fields.count
      case (7, UInt8(ascii: "s")):
        unsafe name[2] == UInt8(ascii: "c") ? (schemeField = fields.count) : (statusField = fields.count)
      case (10, UInt8(ascii: "a")): authorityField = fields.count
      default: break
      }
    }
    fields.append(Field(start: bytes.count, nameCount: name.count, valueCount: value.count))
    unsafe bytes.append(contentsOf: name)
    unsafe bytes.append(contentsOf: value)
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    listSize = 0
    isTooLarge = false
    methodField = -1
    pathField = -1
    authorityField = -1
    schemeField = -1
    statusField = -1
  }

  private func value(at index: Int) -> ArraySlice<UInt8> {
    index >= 0 ? value(of: fields[index]) : []
  }

  private func isName(_ field: Field, _ name: [UInt8]) -> Bool {
    for i in 0..<name.count where bytes[field.start + i] != name[i] {
      return false
    }
    return true
  }
}
