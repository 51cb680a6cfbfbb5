import CMessages

/// Memory for one message tree: it allocates front to back and frees everything at once.
///
/// A usual message fits the first block, so it costs one `malloc`. Each later block is at least as large as all blocks
/// before it together, and past `limit` the arena allocates nothing. The arena's own state is at the front of its first
/// block, because protobuf-c needs one address for its callbacks.
@safe struct Arena: ~Copyable {
  let memory: UnsafeMutablePointer<ArenaMemory>

  /// The size of the first block in bytes: small enough for the fastest free lists of glibc's `malloc`.
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

  /// The arena as protobuf-c's allocator. It must not be used after the arena ends.
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
  /// The newest block after the first; nil when there is none. Each block begins with a pointer to the block before.
  private(set) var block: UnsafeMutableRawPointer?
  /// The total size of all blocks, in bytes.
  private var reserved: Int
  private let limit: Int

  /// The largest alignment that protobuf-c and Swift need, in bytes.
  static let alignment = 16

  /// The state of an arena whose first block has this state at its front.
  init(within first: UnsafeMutableRawPointer, of size: Int, limit: Int) {
    unsafe next = first + Self.rounded(MemoryLayout<ArenaMemory>.size)
    unsafe end = first + size
    unsafe block = nil
    reserved = size
    self.limit = limit
  }

  private static func rounded(_ size: Int) -> Int { (size + alignment - 1) & ~(alignment - 1) }

  /// Allocates uninitialised memory, aligned for any type in a message; nil past the limit.
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
