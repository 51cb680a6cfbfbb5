internal import FoundationEssentials

/// Seconds since the Unix epoch.
func unixTime() -> Double {
  Date.now.timeIntervalSince1970
}
