internal import CNghttp2

/// Header fields to send, in nghttp2's form. Fields that are made once with `constant` are sent without a copy.
@safe
package final class Headers {
  let fields: UnsafeMutableBufferPointer<nghttp2_nv>
  private let storage: UnsafeMutableBufferPointer<UInt8>

  /// Names must be in lower case, with pseudo-header fields first. `constant` is for fields that are sent many times:
  /// nghttp2 refers to their bytes, and the stream that sends them retains them.
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
