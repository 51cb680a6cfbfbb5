internal import CNghttp2

/// Header fields on their way out, as nghttp2 wants them. Made once and kept (`constant`), they are sent without a copy.
@safe
package final class Headers {
  let fields: UnsafeMutableBufferPointer<nghttp2_nv>
  private let storage: UnsafeMutableBufferPointer<UInt8>

  /// Names in lower case, pseudo-header fields first. `constant`: it is sent many times, so nghttp2 refers to its bytes;
  /// the stream that sends it keeps it.
  package init(_ list: [(name: String, value: String)], constant: Bool = false) {
    let count = list.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    unsafe storage = .allocate(capacity: max(count, 1))
    unsafe fields = .allocate(capacity: max(list.count, 1))
    let flags =
      constant
      ? UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
      : UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)
    var offset = 0
    var index = 0
    for (name, value) in list {
      let nameStart = unsafe storage.baseAddress! + offset
      for byte in name.utf8 {
        unsafe storage[offset] = byte
        offset += 1
      }
      let valueStart = unsafe storage.baseAddress! + offset
      for byte in value.utf8 {
        unsafe storage[offset] = byte
        offset += 1
      }
      unsafe fields.initializeElement(
        at: index,
        to: nghttp2_nv(
          name: nameStart, value: valueStart, namelen: name.utf8.count, valuelen: value.utf8.count, flags: flags))
      index += 1
    }
    self.count = index
  }

  let count: Int

  deinit {
    unsafe storage.deallocate()
    unsafe fields.deallocate()
  }
}
