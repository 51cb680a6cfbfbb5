import CZlib

/// The content of a gzip stream; nil when it is broken or more follows it.
func gunzip(_ compressed: [UInt8]) -> [UInt8]? {
  var stream = unsafe z_stream()
  guard unsafe inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
    return nil
  }
  defer { unsafe inflateEnd(&stream) }
  var input = compressed
  var content = [UInt8]()
  var result = Z_OK
  unsafe input.withUnsafeMutableBufferPointer { input in
    unsafe stream.next_in = input.baseAddress
    unsafe stream.avail_in = UInt32(input.count)
    while result == Z_OK {
      var chunk = [UInt8](repeating: 0, count: 65_536)
      unsafe chunk.withUnsafeMutableBufferPointer { chunk in
        unsafe stream.next_out = chunk.baseAddress
        unsafe stream.avail_out = UInt32(chunk.count)
        result = unsafe inflate(&stream, Z_NO_FLUSH)
      }
      content += chunk.dropLast(unsafe Int(stream.avail_out))
    }
  }
  let rest = unsafe stream.avail_in
  return result == Z_STREAM_END && rest == 0 ? content : nil
}
