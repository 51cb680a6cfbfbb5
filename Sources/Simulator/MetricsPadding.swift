internal import NIOCore

/// Series as web frameworks make them by the hundred, which tell nothing of the load: what a reader has to pass over.
func metricsPadding(bytes: Int) -> ByteBuffer {
  var buffer = ByteBuffer()
  guard bytes > 0 else { return buffer }
  let name = "http_request_duration_seconds"
  buffer.writeString("# HELP \(name) Duration of HTTP requests in seconds\n# TYPE \(name) histogram\n")
  var handler = 0
  while buffer.readableBytes < bytes {
    for bound in ["0.1", "0.5", "1.0", "+Inf"] {
      let labels = #"{handler="/v1/path/\#(handler)",le="\#(bound)",method="POST"}"#
      buffer.writeString("\(name)_bucket\(labels) 15.0\n")
    }
    handler += 1
  }
  return buffer
}
