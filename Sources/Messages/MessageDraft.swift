package import CMessages

/// A message under construction. It is writable only while the closure that receives it runs.
///
/// The methods make strings, lists and sub-messages in memory that lives as long as the draft. The closure assigns them
/// to `fields`: `draft.fields.id = draft.text(id)`.
@safe package struct MessageDraft<M: Message>: ~Copyable {
  private let memory: UnsafeMutablePointer<ArenaMemory>
  let pointer: UnsafeMutablePointer<M>

  init(in memory: UnsafeMutablePointer<ArenaMemory>) {
    unsafe self.memory = memory
    unsafe pointer = memory.pointee.reserve(M.self, 1)
    unsafe M.schema.descriptor.pointee.message_init(
      UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: ProtobufCMessage.self))
  }

  package var fields: M {
    get { unsafe pointer.pointee }
    nonmutating _modify { yield unsafe &pointer.pointee }
  }

  /// A C string, with U+FFFD in place of each NUL, because NUL ends a C string.
  @safe package func text(_ string: String) -> UnsafeMutablePointer<CChar> {
    var string = string
    return string.withUTF8 { utf8 in
      if unsafe utf8.contains(0) { return unsafe text(replacingNUL(String(decoding: utf8, as: UTF8.self))) }
      let text = unsafe memory.pointee.reserve(CChar.self, utf8.count + 1)
      unsafe UnsafeMutableRawPointer(text).copyMemory(from: UnsafeRawPointer(utf8.baseAddress!), byteCount: utf8.count)
      unsafe text[utf8.count] = 0
      return unsafe text
    }
  }

  @safe package func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    let data = unsafe memory.pointee.reserve(UInt8.self, bytes.count)
    unsafe data.initialize(from: bytes, count: bytes.count)
    return unsafe ProtobufCBinaryData(len: bytes.count, data: data)
  }

  @safe package func message<S: Message>(
    _ type: S.Type = S.self, _ fill: (borrowing MessageDraft<S>) -> Void
  ) -> UnsafeMutablePointer<S> {
    let draft = unsafe MessageDraft<S>(in: memory)
    fill(draft)
    return unsafe draft.pointer
  }

  /// A list for a repeated field; its count is `elements.count`.
  @safe package func texts(_ elements: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let list = unsafe memory.pointee.reserve(UnsafeMutablePointer<CChar>?.self, elements.count)
    for index in elements.indices { unsafe (list + index).initialize(to: text(elements[index])) }
    return unsafe list
  }

  /// A list for a repeated field of numbers; its count is `elements.count`.
  @safe package func values<Element: FixedWidthInteger>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let list = unsafe memory.pointee.reserve(Element.self, elements.count)
    unsafe list.initialize(from: elements, count: elements.count)
    return unsafe list
  }

  /// A list for a repeated `bytes` field; its count is `elements.count`.
  @safe package func byteStrings(_ elements: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData> {
    let list = unsafe memory.pointee.reserve(ProtobufCBinaryData.self, elements.count)
    for index in elements.indices { unsafe (list + index).initialize(to: bytes(elements[index])) }
    return unsafe list
  }

  /// A list for a repeated field; its count is `elements.count`.
  @safe package func messages<Element, S: Message>(
    _ elements: [Element], as type: S.Type = S.self, _ fill: (borrowing MessageDraft<S>, Element) -> Void
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<S>?> {
    let list = unsafe memory.pointee.reserve(UnsafeMutablePointer<S>?.self, elements.count)
    for index in elements.indices {
      unsafe (list + index).initialize(to: message { fill($0, elements[index]) })
    }
    return unsafe list
  }
}

private func replacingNUL(_ string: String) -> String {
  String(String.UnicodeScalarView(string.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
}

extension ArenaMemory {
  /// Allocates memory in an arena without a limit, because the program builds these messages itself.
  fileprivate mutating func reserve<T>(_ type: T.Type, _ count: Int) -> UnsafeMutablePointer<T> {
    guard let memory = unsafe allocate(count * MemoryLayout<T>.stride) else { fatalError("arena with a limit") }
    return unsafe memory.bindMemory(to: T.self, capacity: count)
  }
}
