import CProtobufC

/// Memory for one message tree: handed out front to back, freed at once.
///
/// The first bytes come from the caller's stack, so that a usual request needs no `malloc`; past them blocks are
/// allocated, each at least as big as all before together. Past `limit` it hands out nothing.
@safe struct Arena: ~Copyable {
  private var next: UnsafeMutableRawPointer
  private var end: UnsafeMutableRawPointer
  /// The newest allocated block; each begins with a pointer to the one before.
  private var block: UnsafeMutableRawPointer?
  private var reserved: Int
  private let limit: Int

  /// What protobuf-c and Swift need at most.
  private static let alignment = 16

  private init(first: UnsafeMutableRawBufferPointer, limit: Int) {
    unsafe next = first.baseAddress!
    unsafe end = first.baseAddress! + first.count
    unsafe block = nil
    reserved = first.count
    self.limit = limit
  }

  deinit {
    var oldest = unsafe block
    while let current = unsafe oldest {
      unsafe oldest = current.load(as: UnsafeMutableRawPointer?.self)
      unsafe current.deallocate()
    }
  }

  /// Lends an arena for the time of `body`; what it handed out is gone afterwards.
  static func with<R, E: Error>(
    limit: Int, _ body: (UnsafeMutablePointer<Arena>) throws(E) -> R
  ) throws(E) -> R {
    try unsafe withUnsafeTemporaryAllocation(byteCount: 1024, alignment: alignment) { first throws(E) -> R in
      var arena = unsafe Arena(first: first, limit: limit)
      return try unsafe withUnsafeMutablePointer(to: &arena) { arena throws(E) -> R in try unsafe body(arena) }
    }
  }

  /// Uninitialised memory; nil past the limit.
  mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    guard size <= limit - Self.alignment else { return nil }
    let rounded = (size + Self.alignment - 1) & ~(Self.alignment - 1)
    if unsafe end - next < rounded {
      guard addBlock(for: rounded) else { return nil }
    }
    defer { unsafe next += rounded }
    return unsafe next
  }

  private mutating func addBlock(for size: Int) -> Bool {
    let capacity = min(max(size + Self.alignment, reserved, 4096), limit - reserved)
    guard capacity >= size + Self.alignment else { return false }
    let new = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: Self.alignment)
    unsafe new.storeBytes(of: block, as: UnsafeMutableRawPointer?.self)
    unsafe block = new
    unsafe next = new + Self.alignment
    unsafe end = new + capacity
    reserved += capacity
    return true
  }

  /// The arena at `arena` as protobuf-c sees it.
  static func allocator(_ arena: UnsafeMutablePointer<Arena>) -> ProtobufCAllocator {
    unsafe ProtobufCAllocator(
      alloc: { arena, size in unsafe arena?.assumingMemoryBound(to: Arena.self).pointee.allocate(size) },
      free: { _, _ in },
      allocator_data: arena)
  }
}
