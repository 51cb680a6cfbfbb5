internal import Glibc

/// A received header block: every name and value in one buffer, in order. Streams reuse the object, and the accessors
/// that every request needs copy nothing.
@safe
package final class HeaderBlock {
  private struct Entry {
    var start: Int32
    var nameCount: Int32
    var valueCount: Int32
  }

  /// The number of fields.
  package private(set) var count = 0
  /// The size in bytes, as RFC 9113 section 6.5.2 counts it.
  package private(set) var listSize = 0
  /// Whether the block exceeded the settings' limit; the fields beyond the limit are missing.
  package private(set) var isTooLarge = false
  /// Whether any name ends in `-bin`.
  package private(set) var hasBinary = false

  private var bytes: UnsafeMutablePointer<UInt8>
  private var byteCapacity = 512
  private var byteCount = 0
  private var entries: UnsafeMutablePointer<Entry>
  private var entryCapacity = 16
  private var methodField = -1
  private var pathField = -1
  private var statusField = -1

  package init() {
    unsafe bytes = .allocate(capacity: byteCapacity)
    unsafe entries = .allocate(capacity: entryCapacity)
  }

  deinit {
    unsafe bytes.deallocate()
    unsafe entries.deallocate()
  }

  // MARK: Accessors that copy nothing

  package func methodIs(_ method: [UInt8]) -> Bool {
    methodField >= 0 && value(at: methodField, equals: method)
  }

  package func pathIs(_ path: [UInt8]) -> Bool {
    pathField >= 0 && value(at: pathField, equals: path)
  }

  /// Whether the target is a path, with or without a query behind it.
  func pathIs(_ path: [UInt8], beforeQuery: Bool) -> Bool {
    guard pathField >= 0, value(at: pathField, hasPrefix: path) else { return false }
    let target = unsafe valueBytes(at: pathField)
    return unsafe target.count == path.count || (beforeQuery && target[path.count] == UInt8(ascii: "?"))
  }

  /// The index of the first field with a name (lower-case bytes).
  package func index(of name: [UInt8]) -> Int? {
    for index in 0..<count {
      let entry = unsafe entries[index]
      if Int(entry.nameCount) == name.count, unsafe memcmp(bytes + Int(entry.start), name, name.count) == 0 {
        return index
      }
    }
    return nil
  }

  /// Whether a name begins with `prefix` (lower-case bytes).
  package func hasName(beginning prefix: [UInt8]) -> Bool {
    for index in 0..<count {
      let entry = unsafe entries[index]
      if Int(entry.nameCount) >= prefix.count, unsafe memcmp(bytes + Int(entry.start), prefix, prefix.count) == 0 {
        return true
      }
    }
    return false
  }

  package func value(at index: Int, equals other: [UInt8]) -> Bool {
    unsafe Int(entries[index].valueCount) == other.count && value(at: index, hasPrefix: other)
  }

  package func value(at index: Int, hasPrefix prefix: [UInt8]) -> Bool {
    let value = unsafe valueBytes(at: index)
    return unsafe value.count >= prefix.count && memcmp(value.baseAddress!, prefix, prefix.count) == 0
  }

  /// Whether a field of this name (lower-case bytes) has the element in its list, whose commas may have blanks around
  /// them.
  package func hasElement(_ element: [UInt8], inList name: [UInt8]) -> Bool {
    for index in 0..<count {
      let entry = unsafe entries[index]
      guard Int(entry.nameCount) == name.count, unsafe memcmp(bytes + Int(entry.start), name, name.count) == 0 else {
        continue
      }
      let list = unsafe valueBytes(at: index)
      var rest = unsafe list[...]
      while unsafe !rest.isEmpty {
        let part = unsafe rest.prefix { $0 != UInt8(ascii: ",") }
        unsafe rest = rest.dropFirst(part.count + 1)
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let text = unsafe part.drop(while: isBlank)
        let end = unsafe text.reversed().drop(while: isBlank).count
        if unsafe text.prefix(end).elementsEqual(element) { return true }
      }
    }
    return false
  }

  package func isPseudo(at index: Int) -> Bool {
    unsafe entries[index].nameCount > 0 && bytes[Int(entries[index].start)] == UInt8(ascii: ":")
  }

  /// The value of `:status` in a response; 0 in a request and in trailers.
  package var status: Int {
    statusField < 0 ? 0 : value(at: statusField).reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  // MARK: Accessors that copy

  package func name(at index: Int) -> String {
    let entry = unsafe entries[index]
    return unsafe String(
      decoding: UnsafeBufferPointer(start: bytes + Int(entry.start), count: Int(entry.nameCount)), as: UTF8.self)
  }

  package func value(at index: Int) -> [UInt8] {
    unsafe Array(valueBytes(at: index))
  }

  /// The first value of a name (lower-case bytes).
  package func firstValue(_ name: [UInt8]) -> [UInt8]? {
    index(of: name).map { value(at: $0) }
  }

  /// The value of a name (in lower case) as text; nil when no field has it. The values of several fields are joined by
  /// ", ".
  package func joinedValue(_ name: String) -> String? {
    let wanted = name.utf8Span.span
    var found: String?
    for index in 0..<count {
      let entry = unsafe entries[index]
      guard Int(entry.nameCount) == wanted.count, unsafe isEqual(bytes + Int(entry.start), wanted) else { continue }
      let value = text(index)
      found = found.map { $0 + ", " + value } ?? value
    }
    return found
  }

  private func isEqual(_ start: UnsafeMutablePointer<UInt8>, _ name: Span<UInt8>) -> Bool {
    for index in name.indices where unsafe start[index] != name[index] { return false }
    return true
  }

  package var method: String { text(methodField) }
  package var path: String { text(pathField) }

  // MARK: Changes

  func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, limit: Int, countLimit: Int = .max) {
    let size = name.count &+ value.count
    listSize &+= size &+ 32
    guard listSize <= limit, count < countLimit else {
      isTooLarge = true
      return
    }
    if byteCount &+ size > byteCapacity || count == entryCapacity { makeRoom(size) }
    unsafe note(name)
    // Less than 2 GiB: then each part of it fits, too.
    precondition(byteCount &+ size <= Int32.max)
    unsafe entries[count] = Entry(
      start: Int32(truncatingIfNeeded: byteCount), nameCount: Int32(truncatingIfNeeded: name.count),
      valueCount: Int32(truncatingIfNeeded: value.count))
    count &+= 1
    // Empty buffers may have no address.
    if let start = name.baseAddress { unsafe memcpy(bytes + byteCount, start, name.count) }
    if let start = value.baseAddress { unsafe memcpy(bytes + byteCount + name.count, start, value.count) }
    byteCount &+= size
  }

  func removeAll() {
    // A reused block does not keep what one large block needed.
    if byteCapacity > 4_096 {
      unsafe bytes.deallocate()
      byteCapacity = 512
      unsafe bytes = .allocate(capacity: byteCapacity)
    }
    count = 0
    byteCount = 0
    listSize = 0
    isTooLarge = false
    hasBinary = false
    methodField = -1
    pathField = -1
    statusField = -1
  }

  /// Stores the indices of the fields that every request needs.
  @inline(__always)
  private func note(_ name: UnsafeBufferPointer<UInt8>) {
    let size = name.count
    guard size >= 4 else { return }
    if unsafe name[0] == UInt8(ascii: ":") {
      switch unsafe (size, name[2]) {
      case (5, UInt8(ascii: "a")): pathField = count
      case (7, UInt8(ascii: "e")): methodField = count
      case (7, UInt8(ascii: "t")): statusField = count
      default: break
      }
    } else if unsafe name[size - 1] == UInt8(ascii: "n") && name[size - 2] == UInt8(ascii: "i")
      && name[size - 3] == UInt8(ascii: "b") && name[size - 4] == UInt8(ascii: "-")
    {
      hasBinary = true
    }
  }

  private func makeRoom(_ more: Int) {
    if byteCount + more > byteCapacity {
      byteCapacity = max(byteCapacity * 2, byteCount + more)
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCapacity)
      unsafe larger.initialize(from: bytes, count: byteCount)
      unsafe bytes.deallocate()
      unsafe bytes = larger
    }
    if count == entryCapacity {
      entryCapacity *= 2
      let larger = UnsafeMutablePointer<Entry>.allocate(capacity: entryCapacity)
      unsafe larger.initialize(from: entries, count: count)
      unsafe entries.deallocate()
      unsafe entries = larger
    }
  }

  private func valueBytes(at index: Int) -> UnsafeBufferPointer<UInt8> {
    let entry = unsafe entries[index]
    return unsafe UnsafeBufferPointer(
      start: bytes + Int(entry.start) + Int(entry.nameCount), count: Int(entry.valueCount))
  }

  private func text(_ index: Int) -> String {
    guard index >= 0 else { return "" }
    return unsafe String(decoding: valueBytes(at: index), as: UTF8.self)
  }
}

@available(*, unavailable)
extension HeaderBlock: Sendable {}
