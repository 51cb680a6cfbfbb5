import CMessages

/// Memory for one message tree: handed out front to back, freed at once.
///
/// A usual message fits the first block, so that it costs one `malloc`; past it each block is at least as big as all
/// before together. Past `limit` nothing is handed out. The arena's own state is at the front of its first block,
/// because protobuf-c needs one address to call back with.
@safe struct Arena: ~Copyable {
  let memory: UnsafeMutablePointer<ArenaMemory>

  /// Small enough for the fastest lists of glibc's `malloc`.
  private static let firstBlock = 1024

  init(limit: Int) {
    let block = UnsafeMutableRawPointer.allocate(byteCount: Self.firstBlock, alignment: ArenaMemory.alignment)
    unsafe memory = block.bindMemory(to: ArenaMemory.self, capacity: 1)
    unsafe memory.initialize(to: ArenaMemory(within: block, of: Self.firstBlock, limit: limit))
  }

  deinit {
    var block = unsafe memory.pointee.block
    while let current = unsafe block {
      unsafe block = current.load(as: UnsafeMutableRawPointer?.self)
      unsafe current.deallocate()
    }
    unsafe UnsafeMutableRawPointer(memory).deallocate()
  }

  /// The arena as protobuf-c sees it; not to be used after the arena.
  var allocator: ProtobufCAllocator {
    unsafe ProtobufCAllocator(
      alloc: { memory, size in unsafe memory?.assumingMemoryBound(to: ArenaMemory.self).pointee.allocate(size) },
      free: { _, _ in },
      allocator_data: memory)
  }
}

/// The state of an arena.
@safe struct ArenaMemory {
  private var next: UnsafeMutableRawPointer
  private var end: UnsafeMutableRawPointer
  /// The newest block after the first; each begins with a pointer to the one before.
  private(set) var block: UnsafeMutableRawPointer?
  /// Bytes of all blocks.
  private var reserved: Int
  private let limit: Int

  /// What protobuf-c and Swift need at most.
  static let alignment = 16

  /// For an arena whose first block holds this at its front.
  init(within first: UnsafeMutableRawPointer, of size: Int, limit: Int) {
    unsafe next = first + Self.rounded(MemoryLayout<ArenaMemory>.size)
    unsafe end = first + size
    unsafe block = nil
    reserved = size
    self.limit = limit
  }

  private static func rounded(_ size: Int) -> Int { (size + alignment - 1) & ~(alignment - 1) }

  /// Uninitialised memory, aligned for anything in a message; nil past the limit.
  mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    guard size <= limit - Self.alignment else { return nil }
    let size = Self.rounded(size)
    if unsafe end - next < size {
      guard addBlock(for: size) else { return nil }
    }
    defer { unsafe next += size }
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
}
